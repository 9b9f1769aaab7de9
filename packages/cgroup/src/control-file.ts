import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import { errnoOf } from "@mydocker/stage";

/**
 * Writes one value to a cgroup file with one write(2), which is how the kernel takes it. Not writeFileSync: its O_CREAT
 * makes a file that the kernel does not have fail with EACCES or EPERM in place of ENOENT.
 *
 * @throws the system's error
 */
export function writeControl(path: string, value: string): void {
  const descriptor = openSync(path, constants.O_WRONLY);
  try {
    writeSync(descriptor, value);
  } finally {
    closeSync(descriptor);
  }
}

/** A cgroup file's text without the last newline; undefined where the cgroup or the file is not there (any more). */
export function readControl(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch (error) {
    // ENODEV: the cgroup was removed between open and read. EOPNOTSUPP: the file is not for this type of cgroup. EACCES,
    // EINVAL: it is only written to (cgroup.kill).
    if (["ENOENT", "ENOTDIR", "ENODEV", "EOPNOTSUPP", "EACCES", "EINVAL"].includes(errnoOf(error) ?? ""))
      return undefined;
    throw error;
  }
}
