import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = {
  force: { type: "boolean", short: "f", description: "Remove an image that stopped containers were made of" },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Remove images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: ["mydocker rmi debian:12", "mydocker rmi -f busybox"],
  flags: FLAGS,
  args: { min: 1 },
  run: ({ flags, args }) => becomeImageTool("remove", FLAGS, flags, args),
});
