import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { createContainer } from "../create-container.ts";
import { deleteContainer } from "../delete-container.ts";
import { forwardSignals, letGo } from "../forward-signals.ts";
import { runSink } from "../run-sink.ts";
import { SINK_FLAGS } from "./sink-flags.ts";

export const command = defineCommand({
  summary: "Make a container of a config and run its command; with --detach leave it to its monitor.",
  usage: "[OPTIONS] [ID]",
  examples: [
    "mydocker-image bundle busybox -- echo hi | mydocker-init run",
    "mydocker-init run --bundle /tmp/bundle my-container",
  ],
  flags: {
    ...SINK_FLAGS,
    detach: { type: "boolean", short: "d", description: "Return as soon as the command runs, and print the id" },
    trace: { type: "boolean", description: "Show every operation with its duration" },
  },
  args: { min: 0, max: 1 },
  run: ({ flags, args }) =>
    runSink(flags, args, async (config, id) => {
      const paths = hostPaths();
      const directory = runtimeDirectory(paths, id);
      const shim = await createContainer(paths, config, {
        id,
        directory,
        bundle: flags.bundle,
        foreground: !flags.detach,
        waitForStart: false,
        trace: flags.trace,
      });
      if (flags.detach) {
        letGo(shim.process);
        writeAll(`${id}\n`);
        return 0;
      }
      forwardSignals(shim.process);
      const code = await shim.exited;
      await deleteContainer(directory, { force: true, fromMonitor: true });
      return code;
    }),
});
