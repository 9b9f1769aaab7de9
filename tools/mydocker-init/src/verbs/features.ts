import { defineCommand, writeAll } from "@mydocker/stage";
import { features } from "../features.ts";

export const command = defineCommand({
  summary: "Print what this runtime can do, as the JSON of the runtime spec's features.md.",
  usage: "",
  examples: ["mydocker-init features | jq .linux.namespaces"],
  flags: {},
  args: { min: 0, max: 0 },
  async run() {
    writeAll(`${JSON.stringify(features(), null, 2)}\n`);
  },
});
