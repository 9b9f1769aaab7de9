import { defineCommand } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { becomeContainer } from "../create-container.ts";
import { runSink } from "../run-sink.ts";
import { SINK_FLAGS } from "./sink-flags.ts";

export const command = defineCommand({
  summary: "Make a container of a config, ready for `start`: everything is done but running its command.",
  usage: "[OPTIONS] [ID]",
  examples: [
    "mydocker-image bundle busybox -- echo hi | mydocker-init create",
    "mydocker-init create --bundle /tmp/bundle my-container && mydocker-init start my-container",
  ],
  flags: {
    ...SINK_FLAGS,
    trace: { type: "boolean", description: "Show every operation with its duration" },
  },
  args: { min: 0, max: 1 },
  run: ({ flags, args }) =>
    runSink(flags, args, async (config, id) => {
      const paths = hostPaths();
      return becomeContainer(paths, config, {
        id,
        directory: runtimeDirectory(paths, id),
        bundle: flags.bundle,
        foreground: false,
        waitForStart: true,
        trace: flags.trace,
      });
    }),
});
