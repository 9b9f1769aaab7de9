import { defineCommand } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { becomeContainer, planOf } from "../create-container.ts";
import { printPlan } from "../plan/describe.ts";
import { runSink } from "../run-sink.ts";
import { MAKE_FLAGS, readMaking } from "./sink-flags.ts";

export const command = defineCommand({
  summary: "Make a container of a config, ready for `start`: everything is done but running its command.",
  usage: "[OPTIONS] [ID]",
  examples: [
    "mydocker-image bundle busybox -- echo hi | mydocker-init create",
    "mydocker-init create --bundle /tmp/bundle my-container && mydocker-init start my-container",
  ],
  flags: {
    ...MAKE_FLAGS,
  },
  args: { min: 0, max: 1 },
  run: ({ flags, args }) =>
    runSink(flags, args, async (read, id) => {
      const paths = hostPaths();
      const { caller, config } = readMaking(flags, read);
      const options = {
        id,
        directory: runtimeDirectory(paths, id),
        bundle: flags.bundle,
        foreground: false,
        waitForStart: true,
        keep: false,
        caller,
        trace: flags.trace,
      };
      if (flags["dry-run"]) return printPlan(planOf(paths, config, options));
      return becomeContainer(paths, config, options);
    }),
});
