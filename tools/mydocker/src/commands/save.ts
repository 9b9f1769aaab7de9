import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  output: { type: "string", short: "o", value: "FILE", description: "Write to a file, in place of stdout" },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Write images as a tar archive",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: ["mydocker save busybox | gzip > busybox.tar.gz", "mydocker save -o images.tar debian:12 busybox"],
  flags: FLAGS,
  args: { min: 1 },
  run: ({ flags, args }) => becomeImageTool("save", FLAGS, flags, args),
});
