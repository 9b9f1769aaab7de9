import { mkdirSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf, MydockerError, systemError, unlessErrno, warn } from "@mydocker/stage";
import { readControl, writeControl } from "./control-file.ts";
import { refuseOccupied } from "./occupied.ts";
import type { CgroupPlan } from "./plan.ts";
import { writeValues } from "./write-values.ts";

/** How often a plan is begun again when `gc` takes an empty parent away under it. */
const ATTEMPTS = 5;

/**
 * Makes the cgroups of a plan and writes its limits. Cgroups that exist already are used as they are. When a step fails,
 * those made by this call are removed again. A device program is its caller's to attach.
 *
 * @param options `unoccupied`: refuse a cgroup that has processes or is frozen
 * @throws MydockerError that names file, value and errno
 */
export function applyCgroup(plan: CgroupPlan, options: { unoccupied?: boolean } = {}): void {
  for (let attempt = 1; ; attempt += 1) {
    const made: string[] = [];
    try {
      makeDirectories(plan, made);
      if (options.unoccupied === true) refuseOccupied(plan, made);
      for (const { file, controllers } of plan.enable) enableControllers(file, controllers);
      for (const file of plan.inherit.filter((path) => plan.directories.includes(dirname(path)))) {
        inheritValue(file, made);
      }
      writeValues(plan.writes);
      for (const warning of plan.warnings) warn(warning);
      return;
    } catch (error) {
      removeMade(made);
      if (attempt < ATTEMPTS && error instanceof ParentGone) continue;
      throw error;
    }
  }
}

/** A parent that existed a moment ago does not: it was empty, and `gc` took it. */
class ParentGone extends MydockerError {}

/**
 * The parents are there from the second container on, so they are only looked at where one is missing.
 *
 * @param made is given every directory that did not exist, as it is made
 */
function makeDirectories(plan: CgroupPlan, made: string[]): void {
  for (const directory of plan.directories) {
    if (makeDirectory(directory, made)) continue;
    for (const parent of plan.parents.filter((candidate) => directory.startsWith(`${candidate}/`))) {
      makeDirectory(parent, made);
    }
    if (makeDirectory(directory, made)) continue;
    throw new ParentGone(`make cgroup ${directory}: its parent is gone`, { code: "ENOENT" });
  }
}

/** @returns false where the parent does not exist */
function makeDirectory(directory: string, made: string[]): boolean {
  try {
    mkdirSync(directory);
    made.push(directory);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST") return true;
    if (errno === "ENOENT" || errno === "ENODEV") return false;
    throw systemError("make cgroup", error, hintFor(errno));
  }
}

function hintFor(errno: string | undefined): string | undefined {
  if (errno === "EROFS") return "a writable /sys/fs/cgroup (inside a container it is mounted read-only)";
  if (errno === "EACCES" || errno === "EPERM") return "root";
  return undefined;
}

/** Only what is missing is written: enabling takes a lock that every fork and exit on the host waits for. */
function enableControllers(file: string, controllers: string[]): void {
  const enabled = (readControl(file) ?? "").split(" ");
  const missing = controllers.filter((controller) => !enabled.includes(controller));
  if (missing.length === 0) return;
  try {
    writeControl(file, missing.map((controller) => `+${controller}`).join(" "));
  } catch (error) {
    if (["ENOENT", "ENODEV"].includes(errnoOf(error) ?? "")) {
      throw new ParentGone(`enable controllers in ${dirname(file)}: it is gone`, { code: "ENOENT", cause: error });
    }
    // EBUSY: "no internal processes" (cgroup-v2.rst), the cgroup has processes of its own.
    const hint =
      errnoOf(error) === "EBUSY" ? `moving the processes in ${dirname(file)} to a cgroup below it` : undefined;
    throw systemError(`enable cgroup controllers ${missing.join(", ")} in ${file}`, error, hint);
  }
}

/**
 * cpuset.rst, 2.: a new v1 cpuset is empty, and attaching a task to an empty one fails with ENOSPC. What has just been made
 * is not asked first.
 *
 * @returns the file's value
 */
function inheritValue(file: string, made: string[]): string | undefined {
  const directory = dirname(file);
  if (!made.includes(directory)) {
    const own = readControl(file);
    if (own !== "") return own;
  }
  const value = inheritValue(`${dirname(directory)}${file.slice(file.lastIndexOf("/"))}`, made);
  if (value !== undefined) writeValues([{ path: file, value }]);
  return value;
}

/** Children before parents; a parent that another container has begun to use meanwhile stays. */
function removeMade(made: string[]): void {
  for (const directory of made.reverse()) {
    unlessErrno(["EBUSY", "ENOTEMPTY", "ENOENT"], () => rmdirSync(directory));
  }
}
