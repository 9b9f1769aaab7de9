import { defineCommand, writeDocument } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { findDefinition } from "../definition.ts";
import { describeNetworks } from "../describe.ts";
import { defaultBridge } from "../network.ts";

export const command = defineCommand({
  summary: "Print networks as JSON, with the containers on them",
  usage: "NETWORK...",
  examples: ["mydocker-net network inspect web | jq '.[0].containers'"],
  flags: {},
  args: { min: 1 },
  run: async ({ args }) => {
    const paths = hostPaths();
    const all = describeNetworks(paths);
    const own = ["bridge", "default", defaultBridge(paths)];
    const found = args.map((wanted) => {
      const { name } = own.includes(wanted) ? { name: "bridge" } : findDefinition(paths, wanted);
      return all.find((network) => network.name === name);
    });
    writeDocument(found.filter((network) => network !== undefined));
  },
});
