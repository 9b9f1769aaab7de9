import { defineCommand, programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { confirm } from "../../confirm.ts";
import { print } from "../../print.ts";

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
    const args = ["network", "prune", ...flags.filter.map((text) => `--filter=${text}`)];
    const result = await runProgram(siblingPath("mydocker-net"), args);
    if (result.code !== 0) throw programFailed("prune networks", result);
    if (result.stdout !== "") print(`Deleted Networks:\n${result.stdout}\n`);
    return 0;
  },
});
