import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeTool } from "../../become-tool.ts";

const FLAGS = {
  force: { type: "boolean", short: "f", description: "Do not mind where it is not on it" },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Disconnect a container from a network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  examples: ["mydocker network disconnect back web"],
  flags: FLAGS,
  args: { min: 2, max: 2 },
  run: ({ flags, args }) => becomeTool("mydocker-net", ["network", "disconnect"], FLAGS, flags, args),
});
