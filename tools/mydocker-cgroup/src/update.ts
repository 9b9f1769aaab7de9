import { attachDeviceProgram, findHierarchies, planUpdate, readLimits, updateCgroup } from "@mydocker/cgroup";
import { UPDATE_FLAGS } from "@mydocker/cgroup/limit-flags";
import { updateContainer } from "@mydocker/cgroup/update-container";
import type { OciResources } from "@mydocker/oci";
import { defineCommand, eachNamed, usageError } from "@mydocker/stage";
import { type HostPaths, hostPaths, runtimeDirectory } from "@mydocker/state";
import { findCgroup } from "./find-cgroup.ts";
import { hostFacts } from "./limits/host-facts.ts";
import { parseLimits } from "./limits/parse-limits.ts";

export const command = defineCommand({
  summary:
    "Change the limits of cgroups in use. What is not given stays as it is; what the kernel refuses changes nothing.",
  usage: "update [OPTIONS] ID [ID...]",
  examples: [
    "mydocker-cgroup update --memory 512m --memory-swap 1g 3f2a77c0b1d4",
    "mydocker-cgroup update --cpus 0.5 --pids-limit 100 3f2a77c0b1d4",
  ],
  flags: UPDATE_FLAGS,
  args: { min: 1 },
  run({ flags, args }) {
    const paths = hostPaths();
    const change = parseLimits({ ...flags, "device-cgroup-rule": [] }, hostFacts(findHierarchies()), false);
    if (Object.keys(change).length === 0) {
      throw usageError(
        "you must provide one or more flags when using this command",
        "--memory, --cpus, --pids-limit …",
      );
    }
    return eachNamed(args, async (id) => update(paths, id, change));
  },
});

/** Where mydocker-init runs the container, its record of what is in force changes, too. */
function update(paths: HostPaths, id: string, change: OciResources): void {
  const { cgroupsPath, hierarchies, runtime } = findCgroup(paths, id);
  if (runtime !== undefined) {
    updateContainer(runtimeDirectory(paths, id), runtime, change);
    return;
  }
  const plan = planUpdate(hierarchies, cgroupsPath, readLimits(hierarchies, cgroupsPath), change);
  updateCgroup(plan);
  if (plan.deviceProgram !== undefined) attachDeviceProgram(plan.deviceProgram);
}
