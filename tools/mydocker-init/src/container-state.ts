import { existsSync } from "node:fs";
import { join } from "node:path";
import type { OciState, OciStatus } from "@mydocker/oci";
import { checkContainerId, MydockerError } from "@mydocker/stage";
import {
  type HostPaths,
  isAlive,
  RUNTIME_FILE,
  type RuntimeState,
  readRuntimeState,
  runtimeDirectory,
} from "@mydocker/state";
import { isPaused } from "./pause-container.ts";

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
  return state.started !== undefined || existsSync(join(directory, RUNTIME_FILE.started)) ? "running" : "created";
}

/** The state object of the spec (runtime.md#state), with what runc adds to it. */
export function ociState({
  state,
  status,
}: FoundContainer): OciState & { rootfs: string; created: string; owner: string } {
  const { ociVersion, id, bundle, rootfs, created, annotations } = state;
  const pid = status === "stopped" ? 0 : state.init.pid;
  const withAnnotations = annotations === undefined ? {} : { annotations };
  return { ociVersion, id, status, pid, bundle, rootfs, created, ...withAnnotations, owner: "" };
}
