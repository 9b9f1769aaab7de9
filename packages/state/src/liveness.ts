import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ContainerRecord, type ExitRecord, readContainerRecord, readExitRecord } from "./container-record.ts";
import { CONTAINER_FILE, containerDirectory, type HostPaths, RUNTIME_FILE, runtimeDirectory } from "./paths.ts";
import { isAlive } from "./process-identity.ts";
import { type RuntimeState, readRuntimeState } from "./runtime-state.ts";

/**
 * - `building`: stages are still at work on it, or a shell holds its config between two of them
 * - `created`: its init waits for `start`; or, without a runtime state, `mydocker create` has made its files, and nothing else
 * - `running`
 * - `exited`: it ended, and its record is kept
 * - `abandoned`: whoever was building it is gone, or it was to be removed and is not: garbage for `gc`
 * - `missing`: nothing is known of it
 */
export type ContainerStatus = "building" | "created" | "running" | "exited" | "abandoned" | "missing";

export interface ContainerLife {
  status: ContainerStatus;
  runtime?: RuntimeState;
  exit?: ExitRecord;
}

/** Statuses in which a container's network, cgroup, claims and files belong to something alive. */
export function isLive(status: ContainerStatus): boolean {
  return status === "building" || status === "created" || status === "running";
}

/**
 * Looks at the records and at the kernel, and says where in its life a container is. Asks no other process.
 *
 * @param known its record, where the caller has read it already
 */
export function containerLife(paths: HostPaths, id: string, known?: ContainerRecord): ContainerLife {
  const runtimeDir = runtimeDirectory(paths, id);
  const directory = containerDirectory(paths, id);
  const runtime = readRuntimeState(runtimeDir);
  if (runtime !== undefined && isAlive(runtime.init)) {
    const started = runtime.started !== undefined || existsSync(join(runtimeDir, RUNTIME_FILE.started));
    return { status: started ? "running" : "created", runtime };
  }
  const withRuntime = runtime === undefined ? {} : { runtime };
  const record = known ?? readContainerRecord(directory);
  if (record === undefined) {
    // Either not one of ours (a bundle of somebody's, run by mydocker-init alone), or its record was never completed.
    if (runtime !== undefined) return { status: "exited", ...withRuntime };
    return { status: existsSync(directory) ? "abandoned" : "missing" };
  }
  const exit = readExitRecord(directory);
  const withExit = exit === undefined ? {} : { exit };
  // The monitor is still tearing down: what it holds is not garbage yet.
  if (runtime?.monitor !== undefined && isAlive(runtime.monitor)) {
    return { status: "exited", ...withRuntime, ...withExit };
  }
  const wasRun = exit !== undefined || existsSync(join(directory, CONTAINER_FILE.config));
  if (!wasRun) return { status: statusBeforeRun(record), ...withRuntime };
  return { status: record.autoRemove ? "abandoned" : "exited", ...withRuntime, ...withExit };
}

function statusBeforeRun({ kept, owner }: ContainerRecord): ContainerStatus {
  if (kept === true) return "created";
  return isAlive(owner) ? "building" : "abandoned";
}
