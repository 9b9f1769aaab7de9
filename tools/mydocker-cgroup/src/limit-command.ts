import {
  applyCgroup,
  attachDeviceProgram,
  defaultCgroupsPath,
  type Hierarchy,
  planCgroup,
  removeCgroup,
} from "@mydocker/cgroup";
import type { OciResources } from "@mydocker/oci";
import { become, MydockerError, shimPath, siblingPath } from "@mydocker/stage";
import { identifyProcess, type ProcessIdentity } from "@mydocker/state";

/**
 * Runs a command in a cgroup of its own, without a container: this process becomes the shim, which stays until the command has ended, and
 * then `mydocker-cgroup finish`, which takes the cgroup away. Killed in between, it takes the command along, and `gc` the rest.
 *
 * @throws MydockerError; then nothing is left
 */
export function limitCommand(
  prefix: string,
  hierarchies: Hierarchy[],
  resources: OciResources,
  command: string[],
): never {
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new MydockerError("look up this process in /proc: it is not there", { code: "ESRCH" });
  const id = commandId(owner);
  const cgroupsPath = defaultCgroupsPath(prefix, id);
  const plan = planCgroup(hierarchies, cgroupsPath, resources);
  applyCgroup(plan);
  try {
    if (plan.deviceProgram !== undefined) attachDeviceProgram(plan.deviceProgram);
    const joins = plan.joinFiles.flatMap((file) => ["--join", file]);
    const after = [siblingPath("mydocker-cgroup"), "finish", id];
    return become(shimPath(), [shimPath(), "limit", ...joins, "--after", ...after, "--", ...command]);
  } catch (error) {
    removeCgroup(hierarchies, cgroupsPath);
    throw error;
  }
}

/** The cgroup says whose it is: nothing else is recorded of it. */
function commandId({ pid, start }: ProcessIdentity): string {
  return `command-${pid}.${start}`;
}

/** Who has to take away the cgroup of that name; undefined for a container's. */
export function commandOwner(id: string): ProcessIdentity | undefined {
  const [, pid, start] = /^command-(\d{1,10})\.(\d{1,15})$/.exec(id) ?? [];
  return pid === undefined || start === undefined ? undefined : { pid: Number(pid), start: Number(start) };
}
