import { defineCommand } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { confirm } from "../confirm.ts";
import { humanSize } from "../format/size.ts";
import { print } from "../print.ts";
import { removeStoppedContainers } from "../prune/containers.ts";

export const command = defineCommand({
  summary: "Remove all containers that do not run, those too that were created and never started",
  usage: "[OPTIONS]",
  examples: ["mydocker container prune", "mydocker container prune -f"],
  flags: { force: { type: "boolean", short: "f", description: "Do not ask" } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const question = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ";
    if (!flags.force && !(await confirm(question))) return 0;
    const bytes = await removeStoppedContainers(hostPaths());
    print(`${bytes === 0 ? "" : "\n"}Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    return 0;
  },
});
