import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeTool } from "../../become-tool.ts";

const FLAGS = {
  ip: { type: "string", value: "ADDRESS", description: "IPv4 address to have on the network" },
  ip6: { type: "string", value: "ADDRESS", description: "IPv6 address to have on the network" },
  alias: { type: "list", value: "NAME", description: "One more name of the container on that network" },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Connect a running container to one more network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  examples: ["mydocker network connect --ip 10.5.0.9 back web"],
  flags: FLAGS,
  args: { min: 2, max: 2 },
  run: ({ flags, args }) => becomeTool("mydocker-net", ["network", "connect"], FLAGS, flags, args),
});
