import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  cgroupDirectory,
  defaultCgroupsPath,
  findHierarchies,
  freezerFile,
  type Hierarchy,
  joinedHierarchies,
} from "@mydocker/cgroup";
import { checkContainerId, MydockerError, unlessErrno } from "@mydocker/stage";
import { type HostPaths, isAlive, type RuntimeState, readRuntimeState, runtimeDirectory } from "@mydocker/state";

/** A container's cgroup, wherever it is. */
export interface FoundCgroup {
  id: string;
  /** Relative to each hierarchy's mount point. */
  cgroupsPath: string;
  /** Those that it is in. */
  hierarchies: Hierarchy[];
  /** What mydocker-init knows of the container, where it runs it. */
  runtime?: RuntimeState;
}

/**
 * Finds a cgroup by its container's id: where mydocker-init has recorded it, or else where `apply` puts it.
 *
 * @throws MydockerError `NO_CGROUP`
 */
export function findCgroup(paths: HostPaths, id: string): FoundCgroup {
  const runtime = readRuntimeState(runtimeDirectory(paths, checkContainerId(id)));
  if (runtime !== undefined && isAlive(runtime.init)) {
    return { id, cgroupsPath: runtime.cgroupsPath, hierarchies: joinedHierarchies(runtime), runtime };
  }
  const cgroupsPath = defaultCgroupsPath(paths.prefix, id);
  const hierarchies = findHierarchies().filter((hierarchy) => existsSync(cgroupDirectory(hierarchy, cgroupsPath)));
  if (hierarchies.length > 0) return { id, cgroupsPath, hierarchies };
  throw new MydockerError(`no cgroup ${cgroupsPath} in any hierarchy`, {
    code: "NO_CGROUP",
    exitCode: 1,
    hint: "mydocker-cgroup list",
  });
}

/** Every container of mydocker-init's that runs and has a cgroup of its own. */
export function listRunning(paths: HostPaths, hierarchies: Hierarchy[] = findHierarchies()): FoundCgroup[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(paths.runtime)) ?? [];
  return names.flatMap((name) => {
    const runtime = readRuntimeState(join(paths.runtime, name));
    if (runtime === undefined || runtime.cgroupsPath === "" || !isAlive(runtime.init)) return [];
    const { id, cgroupsPath } = runtime;
    return [{ id, cgroupsPath, hierarchies: joinedHierarchies(runtime, hierarchies), runtime }];
  });
}

/**
 * The file by which a cgroup is frozen.
 *
 * @throws MydockerError `NO_CONTROLLER`
 */
export function freezerOf({ id, cgroupsPath, hierarchies }: FoundCgroup): string {
  const freezer = freezerFile(hierarchies, cgroupsPath);
  if (freezer !== undefined) return freezer;
  throw new MydockerError(`cgroup of ${id}: this host has no cgroup freezer`, {
    code: "NO_CONTROLLER",
    hint: "mount -t cgroup -o freezer freezer DIR, or a host with cgroup v2",
  });
}
