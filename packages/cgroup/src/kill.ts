import { join } from "node:path";
import { errnoOf, unlessErrno } from "@mydocker/stage";
import { pause } from "@mydocker/system/pause";
import { processesOf } from "./cgroup-tree.ts";
import { writeControl } from "./control-file.ts";

/** A killed process that sits in the kernel (a disk that does not answer) cannot be waited for for ever. */
const PATIENCE_MS = 10_000;

/**
 * Ends every process in the cgroups and below, and waits until they are gone. A process of which the kernel does not
 * let go is left to the caller's rmdir to report.
 */
export function killProcesses(directories: string[]): void {
  const deadline = Date.now() + PATIENCE_MS;
  for (let wait = 1; Date.now() < deadline; wait = Math.min(wait * 2, 50)) {
    const populated = directories.filter((directory) => processesOf(directory).length > 0);
    if (populated.length === 0) return;
    // Frozen, a process cannot fork while its siblings are being killed; v1 delivers the signal once it is thawed.
    for (const directory of populated) freeze(directory, "FROZEN");
    for (const directory of populated) killAll(directory);
    for (const directory of directories) freeze(directory, "THAWED");
    pause(wait);
  }
}

function killAll(directory: string): void {
  // cgroup.kill (Linux 5.14) leaves no gap for a fork; v1 and older kernels have none.
  if (writeIfThere(join(directory, "cgroup.kill"), "1")) return;
  for (const pid of processesOf(directory)) unlessErrno(["ESRCH"], () => process.kill(pid, "SIGKILL"));
}

/** Only the v1 freezer hierarchy has the file. */
function freeze(directory: string, state: "FROZEN" | "THAWED"): void {
  writeIfThere(join(directory, "freezer.state"), state);
}

function writeIfThere(path: string, value: string): boolean {
  try {
    writeControl(path, value);
    return true;
  } catch (error) {
    if (["ENOENT", "ENODEV", "EOPNOTSUPP"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
}
