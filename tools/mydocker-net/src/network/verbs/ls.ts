import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { describeNetworks } from "../describe.ts";

export const command = defineCommand({
  summary: "Print all networks as JSON, with the containers on them",
  usage: "",
  examples: ["mydocker-net network ls | jq -r '.[] | [.name, .subnet] | @tsv'"],
  flags: {},
  args: { min: 0, max: 0 },
  run: async () => writeDocument(describeNetworks(hostPaths())),
});
