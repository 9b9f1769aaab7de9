import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { OciState, OciStatus } from "@mydocker/oci";
import { checkContainerId, MydockerError, unlessErrno } from "@mydocker/stage";
import {
  type HostPaths,
  isAlive,
  RUNTIME_FILE,
  type RuntimeState,
  readRuntimeState,
  readTextIfExists,
  runtimeDirectory,
} from "@mydocker/state";
import { isPaused } from "./pause-container.ts";
import { readCreator } from "./runtime-directory.ts";

export interface FoundContainer {
  directory: string;
  state: RuntimeState;
  status: OciStatus;
}

/** @throws MydockerError in the words that engines look for (`does not exist`) */
export function requireContainer(paths: HostPaths, id: string): FoundContainer {
  const directory = runtimeDirectory(paths, checkContainerId(id));
  const state = readRuntimeState(directory);
  if (state === undefined) {
    throw new MydockerError(`container ${JSON.stringify(id)} does not exist`, { code: "NO_CONTAINER", exitCode: 1 });
  }
  return { directory, state, status: statusOf(directory, state) };
}

export function statusOf(directory: string, state: RuntimeState): OciStatus {
  if (!isAlive(state.init)) return "stopped";
  if (isPaused(state)) return "paused";
  if (existsSync(join(directory, RUNTIME_FILE.started))) return "running";
  if (state.started !== undefined) return isShim(state.init.pid) ? "creating" : "running";
  // `create` has replaced itself with the shim, which leaves as soon as the container is ready.
  const creator = readCreator(directory);
  return creator !== undefined && isAlive(creator) ? "creating" : "created";
}

/**
 * Whether it is still the shim's sealed copy that makes the container. Its hooks may take their time, and before it has
 * pivoted it has the host's root: nobody is to join it there.
 */
function isShim(pid: number): boolean {
  const program = unlessErrno(["ENOENT", "ESRCH", "EACCES"], () => readlinkSync(`/proc/${pid}/exe`));
  return program?.startsWith("/memfd:mydocker-shim") === true;
}

/** Every container that there is, by its id. One that somebody is making or taking away at this moment is none. */
export function listContainers(paths: HostPaths): FoundContainer[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(paths.runtime)) ?? [];
  return names.sort().flatMap((name) => {
    const directory = join(paths.runtime, name);
    const state = readRuntimeState(directory);
    return state === undefined ? [] : [{ directory, state, status: statusOf(directory, state) }];
  });
}

/** What `state` and `list` print: the state object of the spec, and what runc adds to it. */
export interface PrintedState extends OciState {
  rootfs: string;
  created: string;
  owner: string;
}

/** The state object of the spec (runtime.md#state), with what runc adds to it. */
export function ociState({ directory, state, status }: FoundContainer): PrintedState {
  const { ociVersion, id, bundle, rootfs, created, annotations } = state;
  const pid = status === "stopped" ? 0 : state.init.pid;
  const withAnnotations = annotations === undefined ? {} : { annotations };
  return { ociVersion, id, status, pid, bundle, rootfs, created, ...withAnnotations, owner: ownerOf(directory) };
}

/** The name of who made the container. */
function ownerOf(directory: string): string {
  const uid = unlessErrno(["ENOENT"], () => statSync(directory).uid) ?? 0;
  if (uid === 0) return "root";
  const entries = (readTextIfExists("/etc/passwd") ?? "").split("\n").map((line) => line.split(":"));
  return entries.find(([, , number]) => number === String(uid))?.[0] ?? String(uid);
}
