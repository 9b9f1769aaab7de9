import { existsSync } from "node:fs";
import { join } from "node:path";
import { childCgroups } from "./cgroup-tree.ts";
import { readControl } from "./control-file.ts";
import { type Hierarchy, hierarchyOf } from "./hierarchy.ts";

/**
 * Whether this host can limit swap: kernels are built without it, or booted with swapaccount=0, and then the files are
 * not there. The top of a v2 hierarchy never has memory.swap.max, so a cgroup below it is asked.
 */
export function canLimitSwap(hierarchies: Hierarchy[]): boolean {
  const memory = hierarchyOf(hierarchies, "memory");
  if (memory === undefined) return false;
  if (memory.version === 1) return existsSync(join(memory.path, "memory.memsw.limit_in_bytes"));
  const below = childCgroups(memory.path).map((child) => join(memory.path, child));
  const measured = below.filter((directory) => existsSync(join(directory, "memory.max")));
  // With no cgroup to ask yet, what every kernel since 5.8 has unless told otherwise.
  return (
    measured.length === 0 || measured.some((directory) => readControl(join(directory, "memory.swap.max")) !== undefined)
  );
}
