import { defineCommand } from "@mydocker/stage";
import { confirm } from "../../confirm.ts";
import { print } from "../../print.ts";
import { pruneNetworks } from "../../prune/networks.ts";

export const command = defineCommand({
  summary: "Remove the networks that no container is on",
  usage: "[OPTIONS]",
  examples: ["mydocker network prune -f"],
  flags: {
    force: { type: "boolean", short: "f", description: "Do not ask" },
    filter: { type: "list", value: "label=KEY[=VALUE]", description: "Only networks with that label" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const question =
      "WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ";
    if (!flags.force && !(await confirm(question))) return 0;
    print(await pruneNetworks(flags.filter));
    return 0;
  },
});
