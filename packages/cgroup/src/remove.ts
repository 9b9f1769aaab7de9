import { rmdirSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import { pause } from "@mydocker/system/pause";
import { childCgroups, processesOf } from "./cgroup-tree.ts";
import { cgroupDirectory } from "./cgroups-path.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { killProcesses } from "./kill.ts";

/** A process that has just ended stays in its cgroup for a moment, so EBUSY is tried again for this long. */
const PATIENCE_MS = 1000;

/**
 * Removes a container's cgroup, with those that were made below it, from every hierarchy. Nothing there is success.
 *
 * @param options `kill`: end whatever still runs in it first
 * @returns the directories that were removed
 * @throws MydockerError `CGROUP_BUSY` that names the processes still in it
 */
export function removeCgroup(
  hierarchies: Hierarchy[],
  cgroupsPath: string,
  options: { kill?: boolean } = {},
): string[] {
  const directories = hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, cgroupsPath));
  if (options.kill === true) killProcesses(directories);
  const deadline = Date.now() + PATIENCE_MS;
  const failures: unknown[] = [];
  const removed = directories.filter((directory) => {
    try {
      return removeTree(directory, deadline);
    } catch (error) {
      failures.push(error);
      return false;
    }
  });
  // One hierarchy that is busy must not keep the others.
  if (failures.length > 0) throw failures[0];
  return removed;
}

/** @returns whether there was something to remove */
function removeTree(directory: string, deadline: number): boolean {
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    try {
      rmdirSync(directory);
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT") return false;
      if (errno !== "EBUSY") throw systemError("remove cgroup", error);
      // EBUSY stands for cgroups below as well as for processes inside.
      for (const child of childCgroups(directory)) removeTree(join(directory, child), deadline);
      if (Date.now() > deadline) throw busy(directory);
      if (wait > 1) pause(wait);
    }
  }
}

function busy(directory: string): MydockerError {
  const pids = processesOf(directory);
  const who =
    pids.length === 0 ? "busy" : `still has ${pids.length === 1 ? "process" : "processes"} ${pids.join(", ")}`;
  return new MydockerError(`remove cgroup ${directory}: ${who}`, {
    code: "CGROUP_BUSY",
    hint: "mydocker-cgroup remove --kill, which ends them",
  });
}
