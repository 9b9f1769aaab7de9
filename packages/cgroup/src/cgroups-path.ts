import { usageError } from "@mydocker/stage";
import type { Hierarchy } from "./hierarchy.ts";

/** Where mydocker puts a container's cgroup: `/mydocker/<id>`. */
export function defaultCgroupsPath(prefix: string, id: string): string {
  return `/${prefix}/${id}`;
}

/**
 * The cgroups from the top of a hierarchy down to the container's: `["/a", "/a/b"]` for `/a/b`. A path that does not
 * begin with "/" is put at the top too (config-linux.md#cgroups-path leaves its base to the runtime).
 *
 * @throws MydockerError for a path that leads out of the hierarchy (".."), or to its top, whose limits are the host's
 */
export function cgroupLevels(cgroupsPath: string): string[] {
  const names = cgroupsPath.split("/").filter((name) => name !== "" && name !== ".");
  if (names.length === 0 || names.includes("..") || /[\0\n]/.test(cgroupsPath)) {
    throw usageError(
      `linux.cgroupsPath ${JSON.stringify(cgroupsPath)}: expected a path like /mydocker/ID, without ".."`,
    );
  }
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

/** What stands behind each hierarchy's mount point: `/a/b` for `a//b/`. */
export function cgroupLeaf(cgroupsPath: string): string {
  return cgroupLevels(cgroupsPath).at(-1) ?? "";
}

/** The container's directory in a hierarchy. */
export function cgroupDirectory(hierarchy: Hierarchy, cgroupsPath: string): string {
  return `${hierarchy.path}${cgroupLeaf(cgroupsPath)}`;
}
