import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { cgroupDirectory, findHierarchies, removeCgroup } from "@mydocker/cgroup";
import { ANNOTATION, type OciHook } from "@mydocker/oci";
import { MydockerError, systemError, unlessErrno } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  hostPaths,
  isAlive,
  type ProcessIdentity,
  RUNTIME_FILE,
  type RuntimeState,
  readRuntimeConfig,
  readRuntimeState,
  writeFileAtomic,
} from "@mydocker/state";
import { cgroupsPathOf } from "./container-cgroup.ts";
import { thawIfPaused } from "./pause-container.ts";
import { stoppedState } from "./plan/teardown.ts";
import { isUnfinished, removeRuntimeDirectory } from "./runtime-directory.ts";
import { timestamp } from "./timestamp.ts";
import { waitUntilGone } from "./wait-until-gone.ts";

export interface DeleteOptions {
  force: boolean;
}

/**
 * Takes away all that `create` made: processes, cgroup, runtime directory; then runs the poststop hooks, by which the
 * other tools take away theirs.
 */
export async function deleteContainer(directory: string, options: DeleteOptions): Promise<void> {
  const state = readRuntimeState(directory);
  if (state === undefined) {
    takeAwayUnrecorded(directory);
    return;
  }
  if (isAlive(state.init)) {
    if (!options.force && wasStarted(directory, state)) {
      throw new MydockerError(`container ${state.id} is running: cannot delete it`, {
        code: "RUNNING",
        hint: "mydocker-init kill, or delete --force",
        exitCode: 1,
      });
    }
    await killContainer(state);
  }
  if (state.monitor !== undefined) {
    // The monitor of a container that has ended takes it away by itself; what it leaves is ours.
    await waitUntilGone(state.monitor);
    if (!existsSync(join(directory, RUNTIME_FILE.state))) return;
    recordLostExit(state);
  }
  await takeAway(directory, state);
}

/**
 * Takes away what is left where the maker of a container was killed before it could be recorded. Its process has died with
 * it; whoever still is in the cgroup is somebody else.
 */
export function takeAwayUnrecorded(directory: string): void {
  // Killed in the middle of a write, its maker leaves the beginning of a config (the kernel looks at signals between pages).
  const config = isUnfinished(directory) ? undefined : readRuntimeConfig(directory);
  const cgroupsPath = config === undefined ? "" : cgroupsPathOf(hostPaths(), config, basename(directory));
  if (cgroupsPath !== "") removeCgroup(findHierarchies(), cgroupsPath);
  removeRuntimeDirectory(directory);
}

function wasStarted(directory: string, state: RuntimeState): boolean {
  return state.started !== undefined || existsSync(join(directory, RUNTIME_FILE.started));
}

async function takeAway(directory: string, state: RuntimeState): Promise<void> {
  const hooks = readRuntimeConfig(directory)?.hooks?.poststop ?? [];
  const hooked = hooks.length === 0 ? undefined : runPoststop(hooks, state);
  // While the hooks' programs start.
  if (state.cgroupsPath !== "") await removeCgroups(state);
  await hooked;
  removeRuntimeDirectory(directory);
}

/** What asks systemd is loaded for a scope of systemd's alone. */
async function removeCgroups({ scope, cgroupsPath }: RuntimeState): Promise<void> {
  const hierarchies = findHierarchies();
  const [first] = hierarchies;
  if (scope === undefined || first === undefined) {
    removeCgroup(hierarchies, cgroupsPath, { kill: true });
    return;
  }
  const { stopScope } = await import("@mydocker/cgroup/systemd-scope");
  stopScope(scope, cgroupDirectory(first, cgroupsPath));
}

/** Loaded for hooks alone: it starts programs. */
async function runPoststop(hooks: OciHook[], state: RuntimeState): Promise<void> {
  const { runHooks } = await import("./hooks.ts");
  await runHooks("poststop", hooks, stoppedState(state), "warn");
}

/** The monitor was killed before it could say how the container ended. */
function recordLostExit(state: RuntimeState): void {
  const record = state.annotations?.[ANNOTATION.container];
  if (record === undefined || existsSync(join(record, CONTAINER_FILE.exit))) return;
  if (!existsSync(join(record, CONTAINER_FILE.config))) return;
  const exit = { exitCode: 137, finishedAt: timestamp(), error: "its monitor was killed" };
  writeFileAtomic(join(record, CONTAINER_FILE.exit), `${JSON.stringify(exit)}\n`);
}

/** Kills a container's init, frozen or not. */
export async function killContainer(state: RuntimeState): Promise<void> {
  await killProcess(state.init, () => thawIfPaused(state));
}

/**
 * Kills a process and waits until it is gone; with the init of a pid namespace go all processes in it.
 *
 * @param wake lets it run, to its end
 */
async function killProcess(identity: ProcessIdentity, wake: () => void): Promise<void> {
  if (!isAlive(identity)) return;
  try {
    unlessErrno(["ESRCH"], () => process.kill(identity.pid, "SIGKILL"));
    wake();
  } catch (error) {
    throw systemError(`kill process ${identity.pid}`, error);
  }
  await waitUntilGone(identity);
}
