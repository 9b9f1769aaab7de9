import { cgroupDirectory, killProcesses, processesOf } from "@mydocker/cgroup";
import { defineCommand, eachNamed, MydockerError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { findCgroup } from "./find-cgroup.ts";

export const command = defineCommand({
  summary: "End every process in cgroups, faster than they can fork, and return when none is left.",
  usage: "kill ID [ID...]",
  examples: ["mydocker-cgroup kill 3f2a77c0b1d4"],
  flags: {},
  args: { min: 1 },
  run: ({ args }) => eachNamed(args, kill),
});

async function kill(id: string): Promise<void> {
  const { cgroupsPath, hierarchies } = findCgroup(hostPaths(), id);
  const directories = hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, cgroupsPath));
  killProcesses(directories);
  const left = new Set(directories.flatMap(processesOf));
  if (left.size === 0) return;
  throw new MydockerError(`kill cgroup ${cgroupsPath}: processes ${[...left].join(", ")} do not end`, {
    code: "NOT_KILLED",
    hint: "look at /proc/PID/stack: they wait in the kernel, for a disk, say",
    exitCode: 1,
  });
}
