import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeImageTool } from "../image/become-image-tool.ts";

const FLAGS = { debug: COMMON_FLAGS.debug } as const satisfies Flags;

export const command = defineCommand({
  summary: "Take what login has kept for a registry away",
  usage: "[SERVER]",
  examples: ["mydocker logout registry.lan:5000"],
  flags: FLAGS,
  args: { min: 0, max: 1 },
  run: ({ flags, args }) => becomeImageTool("logout", FLAGS, flags, args),
});
