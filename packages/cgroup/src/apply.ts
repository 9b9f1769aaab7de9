import { mkdirSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";
import { errnoOf, MydockerError, systemError, unlessErrno } from "@mydocker/stage";
import { readControl, writeControl } from "./control-file.ts";
import type { CgroupPlan, FileWrite } from "./plan.ts";

/** How often a plan is begun again when `gc` takes an empty parent away under it. */
const ATTEMPTS = 5;

/**
 * Makes the cgroups of a plan and writes its limits. Cgroups that exist already are used as they are. When a step fails,
 * those made by this call are removed again.
 *
 * @throws MydockerError that names file, value and errno
 */
export function applyCgroup(plan: CgroupPlan): void {
  for (let attempt = 1; ; attempt += 1) {
    const made: string[] = [];
    try {
      makeDirectories(plan, made);
      for (const { file, controllers } of plan.enable) enableControllers(file, controllers);
      for (const file of plan.inherit) inheritValue(file);
      writeAllValues(plan.writes);
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

/** cpuset.rst, 2.: a new v1 cpuset is empty, and attaching a task to an empty one fails with ENOSPC. */
function inheritValue(file: string): void {
  if (readControl(file) !== "") return;
  const name = file.slice(file.lastIndexOf("/"));
  const parent = readControl(`${dirname(dirname(file))}${name}`);
  if (parent === undefined || parent === "") return;
  writeValue({ path: file, value: parent });
}

function writeAllValues(writes: FileWrite[]): void {
  let postponed: FileWrite | undefined;
  for (const write of writes) {
    if (write.orAfterNext === true && !fits(write)) {
      postponed = write;
      continue;
    }
    if (write.orAfterNext !== true) writeValue(write);
    if (postponed !== undefined) writeValue(postponed);
    postponed = undefined;
  }
}

/** Writes unless the kernel says that the value does not go together with another file's. */
function fits(write: FileWrite): boolean {
  try {
    writeControl(write.path, write.value);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EINVAL") return false;
    throw explainWrite(write, error);
  }
}

function writeValue(write: FileWrite): void {
  try {
    writeControl(write.path, write.value);
  } catch (error) {
    throw explainWrite(write, error);
  }
}

function explainWrite({ path, value }: FileWrite, error: unknown): MydockerError {
  const hint =
    path.includes(".swap.max") || path.includes(".memsw.")
      ? "without a swap limit, or boot with swapaccount=1"
      : undefined;
  return systemError(`write "${value}" to ${path}`, error, hint);
}

/** Children before parents; a parent that another container has begun to use meanwhile stays. */
function removeMade(made: string[]): void {
  for (const directory of made.reverse()) {
    unlessErrno(["EBUSY", "ENOTEMPTY", "ENOENT"], () => rmdirSync(directory));
  }
}
