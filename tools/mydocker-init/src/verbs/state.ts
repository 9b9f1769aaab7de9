import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { ociState, requireContainer } from "../container-state.ts";

export const command = defineCommand({
  summary: "Print the OCI state of a container as JSON.",
  usage: "ID",
  examples: ["mydocker-init state my-container | jq .status"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const container = requireContainer(hostPaths(), args[0] ?? "");
    writeAll(`${JSON.stringify(ociState(container), null, 2)}\n`);
  },
});
