import { COMMON_FLAGS, defineCommand, type Flags } from "@mydocker/stage";
import { becomeTool } from "../../become-tool.ts";

const FLAGS = { debug: COMMON_FLAGS.debug } as const satisfies Flags;

export const command = defineCommand({
  summary: "Put the firewall's rules of all networks back, after somebody has flushed them",
  usage: "",
  examples: ["mydocker network reload"],
  flags: FLAGS,
  args: { min: 0, max: 0 },
  run: ({ flags, args }) => becomeTool("mydocker-net", ["reload"], FLAGS, flags, args),
});
