import { freeze, isFrozen, thaw } from "@mydocker/cgroup";
import { MydockerError } from "@mydocker/stage";
import type { RuntimeState } from "@mydocker/state";

/** Stops all processes of a container; its execs are in the same cgroup. */
export function pauseContainer(state: RuntimeState): void {
  freeze(freezerOf(state));
}

export function resumeContainer(state: RuntimeState): void {
  thaw(freezerOf(state));
}

/** One read; a host without a freezer has no paused container. */
export function isPaused(state: RuntimeState): boolean {
  return state.freezer !== undefined && isFrozen(state.freezer);
}

/** On cgroup v1 a frozen process that has been killed dies once it is thawed (runc thaws for SIGKILL, too). */
export function thawIfPaused(state: RuntimeState): void {
  if (isPaused(state)) resumeContainer(state);
}

function freezerOf(state: RuntimeState): string {
  if (state.freezer !== undefined) return state.freezer;
  if (state.cgroupsPath === "") {
    throw new MydockerError(`container ${state.id} has no cgroup of its own`, { code: "NO_CGROUP", exitCode: 1 });
  }
  throw new MydockerError(`container ${state.id}: this host has no cgroup freezer`, {
    code: "NO_CONTROLLER",
    hint: "mount -t cgroup -o freezer freezer DIR, or a host with cgroup v2",
  });
}
