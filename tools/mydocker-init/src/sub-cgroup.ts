import { dirname, join } from "node:path";
import type { Hierarchy } from "@mydocker/cgroup";
import { usageError } from "@mydocker/stage";

/**
 * The files to join for `exec --cgroup`: those of cgroups below the container's, which have to exist.
 *
 * @param joinFiles the container's own
 * @param specs `PATH`, or on cgroup v1 `CONTROLLER[,CONTROLLER...]:PATH` for one hierarchy
 * @throws MydockerError for a path that leads out of the container's cgroup (crun 1.29)
 */
export function subCgroupFiles(joinFiles: string[], specs: string[], hierarchies: Hierarchy[]): string[] {
  return specs.reduce((files, spec) => {
    const [first = "", second] = spec.split(":");
    const path = second ?? first;
    if (spec.split(":").length > 2 || path.includes("\0") || path.split("/").includes("..")) {
      throw usageError(`--cgroup "${spec}": expected [CONTROLLER:]PATH below the container's cgroup, without ".."`);
    }
    const wanted = second === undefined ? undefined : first.split(",");
    const chosen = files.filter((file) => wanted === undefined || isOf(file, wanted, hierarchies));
    if (chosen.length === 0) throw usageError(`--cgroup "${spec}": the container is in no cgroup of ${first}`);
    return files.map((file) =>
      chosen.includes(file) ? join(dirname(file), path, file.slice(dirname(file).length)) : file,
    );
  }, joinFiles);
}

function isOf(file: string, controllers: string[], hierarchies: Hierarchy[]): boolean {
  const hierarchy = hierarchies.find(({ path }) => file.startsWith(`${path}/`));
  return hierarchy !== undefined && controllers.some((controller) => hierarchy.controllers.includes(controller));
}
