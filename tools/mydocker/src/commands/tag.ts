import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = { debug: COMMON_FLAGS.debug } as const satisfies Flags;

export const command = defineCommand({
  summary: "Give an image one more name",
  usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
  examples: ["mydocker tag busybox registry.lan:5000/busybox:1"],
  flags: FLAGS,
  args: { min: 2, max: 2 },
  run: ({ flags, args }) => becomeImageTool("tag", FLAGS, flags, args),
});
