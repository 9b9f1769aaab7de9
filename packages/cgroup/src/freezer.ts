import { dirname } from "node:path";
import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import { pause } from "@mydocker/system/pause";
import { cgroupLeaf } from "./cgroups-path.ts";
import { readControl, writeControl } from "./control-file.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { isFrozenFile } from "./occupied.ts";

/** A process in the middle of a system call that cannot be interrupted is frozen at its end. */
const PATIENCE_MS = 10_000;

/** v1: how many times the state is read before the freezer is begun with anew. */
const READS_PER_ATTEMPT = 25;

/**
 * The file by which a cgroup is frozen: every v2 cgroup has one (Linux 5.2); on v1 it takes the freezer's hierarchy.
 *
 * @param hierarchies those that it is in
 */
export function freezerFile(hierarchies: Hierarchy[], cgroupsPath: string): string | undefined {
  const leaf = cgroupLeaf(cgroupsPath);
  const v1 = hierarchies.find(({ version, controllers }) => version === 1 && controllers.includes("freezer"));
  if (v1 !== undefined) return `${v1.path}${leaf}/freezer.state`;
  const v2 = hierarchies.find(({ version }) => version === 2);
  return v2 === undefined ? undefined : `${v2.path}${leaf}/cgroup.freeze`;
}

/**
 * Stops every process of a cgroup and of those below it, and waits until all of them are stopped.
 *
 * @param freezer `CgroupPlan.freezer`
 * @throws MydockerError where they do not stop: then all of them run on
 */
export function freeze(freezer: string): void {
  const isV1 = freezer.endsWith("/freezer.state");
  const deadline = Date.now() + PATIENCE_MS;
  change(freezer, isV1 ? "FROZEN" : "1");
  for (let read = 1; !(isV1 ? isFrozenV1(freezer) : hasEvent(freezer, "frozen 1")); read += 1) {
    if (Date.now() > deadline) {
      thaw(freezer);
      throw new MydockerError(`freeze cgroup ${dirname(freezer)}: its processes do not stop`, { code: "NOT_FROZEN" });
    }
    pause(Math.min(read, 10));
    // freezer-subsystem.rst: FREEZING stays where a new process has slipped through; it takes another write (or, for one
    // that waits for a frozen one, as with vfork, a moment to run on; runc does so, too).
    if (isV1 && read % READS_PER_ATTEMPT === 0) {
      change(freezer, "THAWED");
      pause(10);
    }
    if (isV1) change(freezer, "FROZEN");
  }
}

/** Lets them run on, and waits until the kernel says so. */
export function thaw(freezer: string): void {
  const isV1 = freezer.endsWith("/freezer.state");
  change(freezer, isV1 ? "THAWED" : "0");
  const deadline = Date.now() + PATIENCE_MS;
  while (!isV1 && hasEvent(freezer, "frozen 1") && Date.now() < deadline) pause(1);
}

/** One read: `state` and `list` ask it of every container. A cgroup that is gone is not frozen. */
export function isFrozen(freezer: string): boolean {
  return isFrozenFile(freezer);
}

function isFrozenV1(freezer: string): boolean {
  return readControl(freezer) === "FROZEN";
}

function hasEvent(freezer: string, event: string): boolean {
  return (readControl(`${dirname(freezer)}/cgroup.events`) ?? "").split("\n").includes(event);
}

function change(freezer: string, value: string): void {
  try {
    writeControl(freezer, value);
  } catch (error) {
    const hint = errnoOf(error) === "ENOENT" ? "a container that runs: its cgroup is gone" : undefined;
    throw systemError(`write "${value}" to ${freezer}`, error, hint);
  }
}
