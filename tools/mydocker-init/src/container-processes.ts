import { cgroupDirectory, findHierarchies, killProcesses, processesOf } from "@mydocker/cgroup";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import type { RuntimeState } from "@mydocker/state";

/** The pids, on the host, of every process in the container's cgroup and below. */
export function containerProcesses(state: RuntimeState): number[] {
  const pids = cgroupDirectories(state).flatMap(processesOf);
  return [...new Set(pids)].sort((a, b) => a - b);
}

/** Sends every process of the container a signal. KILL goes on until nobody is left: they may fork meanwhile. */
export function signalAll(state: RuntimeState, signal: number, kill: number): void {
  if (signal === kill) {
    killProcesses(cgroupDirectories(state));
    return;
  }
  for (const pid of containerProcesses(state)) unlessErrno(["ESRCH"], () => process.kill(pid, signal));
}

function cgroupDirectories({ cgroupsPath, id }: RuntimeState): string[] {
  if (cgroupsPath === "") {
    throw new MydockerError(`container ${id} has no cgroup by which its processes could be told`, {
      code: "NO_CGROUP",
      exitCode: 1,
    });
  }
  return findHierarchies().map((hierarchy) => cgroupDirectory(hierarchy, cgroupsPath));
}
