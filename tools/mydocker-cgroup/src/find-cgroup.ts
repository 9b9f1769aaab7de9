import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { cgroupDirectory, cgroupLeaf, defaultCgroupsPath, findHierarchies, type Hierarchy } from "@mydocker/cgroup";
import { checkContainerId, MydockerError } from "@mydocker/stage";
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
  if (runtime !== undefined && isAlive(runtime.init)) return foundIn(findHierarchies(), runtime);
  const cgroupsPath = defaultCgroupsPath(paths.prefix, id);
  const hierarchies = findHierarchies().filter((hierarchy) => existsSync(cgroupDirectory(hierarchy, cgroupsPath)));
  if (hierarchies.length > 0) return { id, cgroupsPath, hierarchies };
  throw new MydockerError(`no cgroup ${cgroupsPath} in any hierarchy`, {
    code: "NO_CGROUP",
    exitCode: 1,
    hint: "mydocker-cgroup list",
  });
}

/**
 * The cgroup that mydocker-init has recorded.
 *
 * @throws MydockerError where the container has none of its own
 */
export function foundIn(hierarchies: Hierarchy[], runtime: RuntimeState): FoundCgroup {
  const { id, cgroupsPath, cgroupJoinFiles } = runtime;
  if (cgroupsPath === "") {
    throw new MydockerError(`container ${id} has no cgroup of its own`, { code: "NO_CGROUP", exitCode: 1 });
  }
  const joined = new Set(cgroupJoinFiles.map((file) => dirname(file)));
  const leaf = cgroupLeaf(cgroupsPath);
  return { id, cgroupsPath, hierarchies: hierarchies.filter(({ path }) => joined.has(`${path}${leaf}`)), runtime };
}
