import { rmdirSync } from "node:fs";
import { join } from "node:path";
import {
  childCgroups,
  defaultCgroupsPath,
  findHierarchies,
  type Hierarchy,
  processesOf,
  removeCgroup,
} from "@mydocker/cgroup";
import { defineCommand, reportError, unlessErrno, warn, writeAll } from "@mydocker/stage";
import { containerLife, type HostPaths, hostPaths, isAlive, isLive } from "@mydocker/state";
import { commandOwner } from "./limit-command.ts";

export const command = defineCommand({
  summary: "Remove the cgroups of containers that are gone, with the processes still in them.",
  usage: "gc [--dry-run]",
  examples: ["mydocker-cgroup gc --dry-run", "mydocker-cgroup gc"],
  flags: { "dry-run": { type: "boolean", description: "Print what would be removed, remove nothing" } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const paths = hostPaths();
    const hierarchies = findHierarchies();
    const parents = hierarchies.map(({ path }) => join(path, paths.prefix));
    const ids = [...new Set(parents.flatMap(childCgroups))];
    let failed = false;
    for (const id of ids.filter((candidate) => isGarbage(paths, hierarchies, candidate))) {
      failed = !collect(hierarchies, defaultCgroupsPath(paths.prefix, id), flags["dry-run"]) || failed;
    }
    if (!flags["dry-run"]) for (const parent of parents) removeIfEmpty(parent);
    return failed ? 1 : 0;
  },
});

/**
 * A cgroup whose container is not live. Where nothing at all is known of the container, processes in its cgroup are
 * somebody's: a config written by hand that another runtime runs, or that mydocker-init is about to record.
 */
function isGarbage(paths: HostPaths, hierarchies: Hierarchy[], id: string): boolean {
  const life = containerLife(paths, id);
  if (isLive(life.status)) return false;
  // A container may be called as a command's cgroup is.
  const owner = life.status === "missing" ? commandOwner(id) : undefined;
  if (owner !== undefined) return !isAlive(owner);
  // The monitor removes the cgroup itself, after the container's end.
  if (life.runtime?.monitor !== undefined && isAlive(life.runtime.monitor)) return false;
  if (life.status !== "missing") return true;
  const pids = hierarchies.flatMap(({ path }) => processesOf(join(path, paths.prefix, id)));
  if (pids.length === 0) return true;
  warn(`cgroup /${paths.prefix}/${id}: left alone, as there are processes in it and no record of its container`);
  return false;
}

/** @returns whether it could be done; what could not must not keep the rest */
function collect(hierarchies: Hierarchy[], cgroupsPath: string, dryRun: boolean): boolean {
  try {
    if (!dryRun) removeCgroup(hierarchies, cgroupsPath, { kill: true });
    writeAll(`cgroup ${cgroupsPath}\n`);
    return true;
  } catch (error) {
    reportError(error);
    return false;
  }
}

/** rmdir decides: a container that begins now makes it again (see applyCgroup). */
function removeIfEmpty(parent: string): void {
  unlessErrno(["ENOENT", "EBUSY", "ENOTEMPTY"], () => rmdirSync(parent));
}
