import { defineCommand, inverseTarget, undoStages, warn } from "@mydocker/stage";
import { hostPaths, readRuntimeConfig, runtimeDirectory } from "@mydocker/state";
import { takeBack } from "../create-container.ts";

export const command = defineCommand({
  summary: "Undo a container that could not be made, and the stages before it: the shim calls this.",
  usage: "ID",
  examples: ["mydocker-init abandon my-container"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const paths = hostPaths();
    const id = inverseTarget(args);
    const directory = runtimeDirectory(paths, id);
    const config = readRuntimeConfig(directory);
    if (config === undefined) return;
    takeBack(paths, config, id, directory);
    for (const problem of await undoStages(config, id)) warn(`while undoing: ${problem}`);
  },
});
