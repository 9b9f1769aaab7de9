import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isFrozen } from "@mydocker/cgroup";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  type ContainerLife,
  type ContainerRecord,
  containerDirectory,
  containerLife,
  findContainer,
  type HostPaths,
  listContainerIds,
  RUNTIME_FILE,
  readContainerRecord,
  runtimeDirectory,
} from "@mydocker/state";

/** A container as its files and the kernel show it at one moment. */
export interface Container {
  id: string;
  record: ContainerRecord;
  life: ContainerLife;
  /** It runs, and its processes stand still. */
  isPaused: boolean;
}

/** @returns undefined where there is no record, that is for what is only a leftover */
export function readContainer(paths: HostPaths, id: string): Container | undefined {
  const record = readContainerRecord(containerDirectory(paths, id));
  if (record === undefined) return undefined;
  const life = containerLife(paths, id, record);
  return { id, record, life, isPaused: isPaused(life) };
}

/** One read, for those that run. */
function isPaused({ status, runtime }: ContainerLife): boolean {
  return status === "running" && runtime?.freezer !== undefined && isFrozen(runtime.freezer);
}

/** Finds one container by name, id or the beginning of an id. @throws MydockerError, exit code 1 */
export function requireContainer(paths: HostPaths, wanted: string): Container {
  const container = readContainer(paths, findContainer(paths, wanted));
  if (container === undefined) throw noSuchContainer(wanted);
  return container;
}

export function noSuchContainer(wanted: string): MydockerError {
  return new MydockerError(`No such container: ${wanted}`, { code: "NO_CONTAINER", exitCode: 1 });
}

/**
 * All containers, newest first.
 *
 * @param which `running`: only those with a runtime directory are looked at, as others cannot run
 */
export function listContainers(paths: HostPaths, which: "all" | "running" = "all"): Container[] {
  const ids = which === "all" ? listContainerIds(paths) : listRuntimeIds(paths);
  return ids
    .map((id) => readContainer(paths, id))
    .filter((container) => container !== undefined)
    .filter((container) => which === "all" || container.life.status === "running")
    .sort((a, b) => (a.record.created < b.record.created ? 1 : -1));
}

function listRuntimeIds(paths: HostPaths): string[] {
  return unlessErrno(["ENOENT"], () => readdirSync(dirname(runtimeDirectory(paths, "-")))) ?? [];
}

/** When the container's command was started, in ms since 1970; the last moment before it where that is not recorded. */
export function startTime(paths: HostPaths, { id, life, record }: Container): number {
  const recorded = Date.parse(life.runtime?.started ?? "");
  if (!Number.isNaN(recorded)) return recorded;
  const claim = join(runtimeDirectory(paths, id), RUNTIME_FILE.started);
  // The config is written by `create`, right before the start, and outlives the runtime's directory.
  const config = join(containerDirectory(paths, id), CONTAINER_FILE.config);
  return modified(claim) ?? modified(config) ?? Date.parse(record.created);
}

function modified(path: string): number | undefined {
  return unlessErrno(["ENOENT", "ENOTDIR"], () => statSync(path).mtimeMs);
}
