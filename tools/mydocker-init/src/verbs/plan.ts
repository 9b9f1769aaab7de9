import { defineCommand, readConfig, siblingPath, writeAll } from "@mydocker/stage";
import { hostPaths, runtimeDirectory } from "@mydocker/state";
import { readBundle } from "../bundle.ts";
import { cgroupsPathOf, lookUpCgroup } from "../container-cgroup.ts";
import { planContainer } from "../plan/container-plan.ts";
import { describePlan, planAsJson } from "../plan/describe.ts";
import { planTeardown } from "../plan/teardown.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import { configSource, SINK_FLAGS, sinkId } from "./sink-flags.ts";

export const command = defineCommand({
  summary: "Print the operations that make the container of a config, one a line, and do none of them.",
  usage: "[OPTIONS] [ID]",
  examples: ["mydocker-image bundle busybox | mydocker-init plan", "mydocker-init plan --bundle /tmp/bundle x --json"],
  flags: { ...SINK_FLAGS, json: { type: "boolean", description: "As JSON" } },
  args: { min: 0, max: 1 },
  async run({ flags, args }) {
    const paths = hostPaths();
    const config = readConfig(configSource(flags));
    const id = sinkId(config, args);
    const bundle = readBundle(config, flags.bundle);
    const cgroup = lookUpCgroup(cgroupsPathOf(paths, config, id), config);
    const seccomp = config.linux?.seccomp;
    const plan = planContainer(config, {
      bundle: bundle.directory,
      ...(bundle.overlay === undefined ? {} : { overlay: bundle.overlay }),
      cgroupJoinFiles: cgroup.joinFiles,
      cgroups: cgroup.view,
      ...(seccomp === undefined || seccomp === null ? {} : { seccomp: compileSeccomp(paths, seccomp) }),
      messages: { source: "mydocker-init run", format: "text" },
      noInput: false,
      teardown: planTeardown(config, {
        id,
        bundle: bundle.directory,
        directory: runtimeDirectory(paths, id),
        cgroupsPath: cgroup.path,
      }),
      failure: [[siblingPath("mydocker-init"), "abandon", id]],
      trace: false,
    });
    writeAll(flags.json ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : describePlan(plan));
  },
});
