import { defineCommand, readConfig } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { planOf } from "../create-container.ts";
import { printPlan } from "../plan/describe.ts";
import { configSource, SINK_FLAGS, sinkId } from "./sink-flags.ts";

export const command = defineCommand({
  summary: "Print the operations that make the container of a config, one a line, and do none of them.",
  usage: "[OPTIONS] [ID]",
  examples: ["mydocker-image bundle busybox | mydocker-init plan", "mydocker-init plan --bundle /tmp/bundle x --json"],
  flags: { ...SINK_FLAGS, json: { type: "boolean", description: "As JSON" } },
  args: { min: 0, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const config = readConfig(configSource(flags, args));
    const id = sinkId(config, args);
    const directory = runtimeDirectory(paths, id);
    const options = {
      id,
      directory,
      bundle: flags.bundle,
      foreground: true,
      waitForStart: false,
      keep: false,
      caller: {},
      trace: false,
    };
    return printPlan(planOf(paths, config, options), flags.json);
  },
});
