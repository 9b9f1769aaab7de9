import { defineCommand, usageError, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { withNetworkLock } from "../../network-lock.ts";
import { listDefinitions, type NetworkDefinition } from "../definition.ts";
import { liveEndpointsOn, removeNetwork } from "../remove-network.ts";

export const command = defineCommand({
  summary: "Remove the networks that no container is on, and print their names",
  usage: "[OPTIONS]",
  examples: ["mydocker-net network prune", "mydocker-net network prune --filter label=test"],
  flags: {
    filter: {
      type: "list",
      value: "label=KEY[=VALUE]",
      description: "Only networks with that label; label!= for those without",
    },
  },
  args: { min: 0, max: 0 },
  run: async ({ flags }) => {
    const paths = hostPaths();
    const filters = flags.filter.map(parseFilter);
    await withNetworkLock(async () => {
      for (const definition of listDefinitions(paths)) {
        if (!filters.every((matches) => matches(definition)) || liveEndpointsOn(paths, definition).length > 0) continue;
        writeAll(`${removeNetwork(paths, definition.name)}\n`);
      }
    });
  },
});

function parseFilter(text: string): (definition: NetworkDefinition) => boolean {
  const [, not = "", key = "", value] = /^label(!?)=([^=]+)(?:=(.*))?$/.exec(text) ?? [];
  if (key === "") throw usageError(`--filter ${JSON.stringify(text)}: expected label=KEY or label=KEY=VALUE`);
  return ({ labels }) =>
    (Object.hasOwn(labels, key) && (value === undefined || labels[key] === value)) === (not === "");
}
