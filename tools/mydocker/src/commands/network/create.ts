import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeTool } from "../../become-tool.ts";

const FLAGS = {
  driver: {
    type: "string",
    short: "d",
    value: "bridge|macvlan",
    description: "What kind of network (default: bridge)",
  },
  subnet: {
    type: "list",
    value: "SUBNET",
    description: "Subnet; one of IPv4 and one of IPv6 at most (default: a free one)",
  },
  gateway: { type: "list", value: "ADDRESS", description: "Address of the bridge (default: the subnet's first)" },
  "ip-range": { type: "list", value: "SUBNET", description: "Part of the subnet from which containers get addresses" },
  ipv6: { type: "boolean", description: "Have IPv6, too" },
  internal: { type: "boolean", description: "Let nothing in or out" },
  label: { type: "list", value: "KEY=VALUE", description: "Attach a label" },
  opt: {
    type: "list",
    short: "o",
    value: "KEY=VALUE",
    description: "parent=LINK for a macvlan, isolate=false, or one of docker's for bridges",
  },
  debug: COMMON_FLAGS.debug,
} as const satisfies Flags;

export const command = defineCommand({
  summary: "Create a network",
  usage: "[OPTIONS] NETWORK",
  examples: ["mydocker network create web", "mydocker network create --subnet 10.5.0.0/16 --ipv6 --internal back"],
  flags: FLAGS,
  args: { min: 1, max: 1 },
  run: ({ flags, args }) => becomeTool("mydocker-net", ["network", "create"], FLAGS, flags, args),
});
