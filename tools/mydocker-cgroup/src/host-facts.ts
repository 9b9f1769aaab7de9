import { availableParallelism } from "node:os";
import { canLimitSwap, type Hierarchy, hierarchyOf, readControl } from "@mydocker/cgroup";
import type { HostFacts } from "./parse-limits.ts";

/** What the limits are judged against, on the host we run on. */
export function hostFacts(hierarchies: Hierarchy[]): HostFacts {
  return {
    cpus: availableParallelism,
    canLimitSwap: () => canLimitSwap(hierarchies),
    cpuset: (file) => {
      const hierarchy = hierarchyOf(hierarchies, "cpuset");
      if (hierarchy === undefined) return undefined;
      return readControl(`${hierarchy.path}/cpuset.${file}${hierarchy.version === 1 ? "" : ".effective"}`);
    },
  };
}
