import { existsSync } from "node:fs";
import { defineCommand, inverseTarget } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";
import { deleteContainer } from "../delete-container.ts";

export const command = defineCommand({
  summary: "Take away what create made, then run the poststop hooks. The inverse of create and run.",
  usage: "[OPTIONS] [ID]",
  examples: ["mydocker-init delete my-container", "mydocker-init delete --force my-container"],
  flags: {
    force: { type: "boolean", short: "f", description: "Kill it if it runs; nothing to delete is success" },
  },
  args: { min: 0, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const id = inverseTarget(args);
    if (!flags.force) requireContainer(paths, id);
    const directory = runtimeDirectory(paths, id);
    if (!existsSync(directory)) return;
    await deleteContainer(directory, { force: flags.force });
  },
});
