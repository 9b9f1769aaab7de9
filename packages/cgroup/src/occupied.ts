import { statSync } from "node:fs";
import { dirname } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { processesOf } from "./cgroup-tree.ts";
import { readControl } from "./control-file.ts";
import type { CgroupPlan } from "./plan.ts";

/**
 * A container must not share its cgroup, or whoever ends first would take the other's processes along; and in a frozen one
 * it would never begin (config-linux.md#cgroups-path lets a runtime refuse both; runc does). One hierarchy is looked at:
 * all are joined together.
 *
 * @param made the directories that have just been made, of which nothing need be asked
 * @throws MydockerError `CGROUP_IN_USE`
 */
export function refuseOccupied(plan: CgroupPlan, made: string[]): void {
  const directory = plan.freezer === undefined ? plan.directories[0] : dirname(plan.freezer);
  if (directory === undefined || made.includes(directory)) return;
  if (isPopulated(directory)) {
    const pids = processesOf(directory);
    throw inUse(
      `cgroup ${directory} is not empty: processes ${pids.join(", ")} are in it`,
      "another linux.cgroupsPath",
    );
  }
  if (plan.freezer !== undefined && isFrozenFile(plan.freezer)) {
    throw inUse(`cgroup ${directory} is frozen`, `thaw it: ${plan.freezer}`);
  }
}

/** Whether a freezer's file says that its cgroup is frozen, or on the way there. */
export function isFrozenFile(freezer: string): boolean {
  return ["FROZEN", "FREEZING", "1"].includes(readControl(freezer) ?? "");
}

/** v2 says so of all that is below, too. On v1 a directory without cgroups below has two links. */
function isPopulated(directory: string): boolean {
  const events = readControl(`${directory}/cgroup.events`);
  if (events !== undefined) return events.includes("populated 1");
  if (readControl(`${directory}/cgroup.procs`) !== "") return true;
  return statSync(directory).nlink > 2 && processesOf(directory).length > 0;
}

function inUse(message: string, hint: string): MydockerError {
  return new MydockerError(message, { code: "CGROUP_IN_USE", hint });
}
