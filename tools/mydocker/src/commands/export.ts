import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  output: { type: "string", short: "o", value: "FILE", description: "Write to a file, in place of stdout" },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Write a container's files as a tar archive",
  usage: "[OPTIONS] CONTAINER",
  examples: ["mydocker export web | tar -tv", "mydocker export -o tree.tar web"],
  flags: FLAGS,
  args: { min: 1, max: 1 },
  run: ({ flags, args }) => becomeImageTool("export", FLAGS, flags, args),
});
