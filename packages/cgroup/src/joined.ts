import { dirname } from "node:path";
import { MydockerError } from "@mydocker/stage";
import type { RuntimeState } from "@mydocker/state";
import { cgroupLeaf } from "./cgroups-path.ts";
import { findHierarchies, type Hierarchy } from "./hierarchy.ts";

/**
 * The hierarchies that a container is in: not all of the host's need be.
 *
 * @param hierarchies the host's
 * @throws MydockerError where the container has no cgroup of its own
 */
export function joinedHierarchies(
  { id, cgroupsPath, cgroupJoinFiles }: RuntimeState,
  hierarchies: Hierarchy[] = findHierarchies(),
): Hierarchy[] {
  if (cgroupsPath === "") {
    throw new MydockerError(`container ${id} has no cgroup of its own`, { code: "NO_CGROUP", exitCode: 1 });
  }
  const joined = new Set(cgroupJoinFiles.map((file) => dirname(file)));
  const leaf = cgroupLeaf(cgroupsPath);
  return hierarchies.filter(({ path }) => joined.has(`${path}${leaf}`));
}
