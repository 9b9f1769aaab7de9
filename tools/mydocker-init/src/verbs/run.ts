import { defineCommand } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { becomeContainer, planOf } from "../create-container.ts";
import { printPlan } from "../plan/describe.ts";
import { runSink } from "../run-sink.ts";
import { MAKE_FLAGS, readMaking } from "./sink-flags.ts";

export const command = defineCommand({
  summary: "Make a container of a config and run its command; with --detach leave it to its monitor.",
  usage: "[OPTIONS] [ID]",
  examples: [
    "mydocker-image bundle busybox -- echo hi | mydocker-init run",
    "mydocker-init run --bundle /tmp/bundle my-container",
  ],
  flags: {
    ...MAKE_FLAGS,
    detach: { type: "boolean", short: "d", description: "Return as soon as the command runs" },
    keep: { type: "boolean", description: "Leave what there is of the container, when it has ended, to delete" },
    "no-subreaper": { type: "boolean", description: "Taken for runc's sake: orphans are the host's init's anyway" },
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
        foreground: !flags.detach,
        waitForStart: false,
        keep: flags.keep,
        caller,
        trace: flags.trace,
      };
      if (flags["dry-run"]) return printPlan(planOf(paths, config, options));
      return becomeContainer(paths, config, options);
    }),
});
