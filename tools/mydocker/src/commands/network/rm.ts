import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeTool } from "../../become-tool.ts";

const FLAGS = {
  force: { type: "boolean", short: "f", description: "Do not mind one that is not there" },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Remove networks",
  usage: "NETWORK [NETWORK...]",
  examples: ["mydocker network rm web back"],
  flags: FLAGS,
  args: { min: 1 },
  run: ({ flags, args }) => becomeTool("mydocker-net", ["network", "rm"], FLAGS, flags, args),
});
