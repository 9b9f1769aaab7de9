import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { canLimitSwap, type Hierarchy, hierarchyOf, readControl } from "@mydocker/cgroup";
import { systemError, usageError } from "@mydocker/stage";
import { deviceNumbers } from "@mydocker/system/device-numbers";

/** What limits are judged against. Functions, so that only what is asked for is looked up. */
export interface HostFacts {
  /** Number of processors. */
  cpus(): number;
  /** Lists of processors and of memory nodes, as the kernel writes them; undefined without a cpuset controller. */
  cpuset(file: "cpus" | "mems"): string | undefined;
  canLimitSwap(): boolean;
  /** Whether memory has what cgroup v2 left out: swappiness, and no killing. */
  hasV1Memory(): boolean;
  /**
   * The numbers of a disk.
   *
   * @throws MydockerError where there is none of that name
   */
  disk(flag: string, path: string): { major: number; minor: number };
}

export function hostFacts(hierarchies: Hierarchy[]): HostFacts {
  return {
    cpus: availableParallelism,
    canLimitSwap: () => canLimitSwap(hierarchies),
    hasV1Memory: () => hierarchyOf(hierarchies, "memory")?.version === 1,
    cpuset: (file) => {
      const hierarchy = hierarchyOf(hierarchies, "cpuset");
      if (hierarchy === undefined) return undefined;
      return readControl(`${hierarchy.path}/cpuset.${file}${hierarchy.version === 1 ? "" : ".effective"}`);
    },
    disk,
  };
}

/** S_IFMT and S_IFBLK of inode(7). */
const TYPE = 0o170000;
const BLOCK = 0o060000;

function disk(flag: string, path: string): { major: number; minor: number } {
  let status: { mode: number; rdev: number };
  try {
    status = statSync(path);
  } catch (error) {
    throw systemError(`${flag} ${path}`, error, "a disk as lsblk shows it: /dev/sda");
  }
  if ((status.mode & TYPE) !== BLOCK) throw usageError(`${flag} ${path}: not a block device`);
  return deviceNumbers(status.rdev);
}
