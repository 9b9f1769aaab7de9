import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import { readControl } from "./control-file.ts";
import type { FileWrite } from "./plan.ts";

/**
 * Writes limits in the order given; what may have to come later is tried again behind the next (`FileWrite.orAfterNext`).
 *
 * @param done is told of each write that has succeeded
 * @throws MydockerError that names file, value and errno
 */
export function writeValues(writes: FileWrite[], done: (write: FileWrite) => void = () => {}): void {
  const files = new ControlFiles();
  try {
    let postponed: FileWrite[] = [];
    for (const write of writes) {
      checkUse(write);
      if (!writeOne(files, write)) {
        postponed.push(write);
        continue;
      }
      done(write);
      if (write.orAfterNext === true) continue;
      for (const late of postponed) writeOne(files, { ...late, orAfterNext: false });
      for (const late of postponed) done(late);
      postponed = [];
    }
  } finally {
    files.close();
  }
}

/** The file that was written to last stays open: the lines of one v1 device list come one after the other. */
class ControlFiles {
  #open: { path: string; descriptor: number } | undefined;

  write(path: string, value: string): void {
    if (this.#open?.path !== path) {
      this.close();
      // Not O_CREAT: it makes a file that the kernel does not have fail with EACCES or EPERM in place of ENOENT.
      this.#open = { path, descriptor: openSync(path, constants.O_WRONLY) };
    }
    writeSync(this.#open.descriptor, value);
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }
}

/** @returns false where the kernel says that the value does not go together with another file's, which comes later */
function writeOne(files: ControlFiles, write: FileWrite): boolean {
  const { path, value, otherwise, optional, orAfterNext } = write;
  try {
    files.write(path, value);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EINVAL" && orAfterNext === true) return false;
    if (errno === "ENOENT" && optional === true) return true;
    if (errno === "ENOENT" && otherwise !== undefined) {
      return writeOne(files, { ...otherwise, orAfterNext: orAfterNext === true });
    }
    throw explainWrite(path, value, error);
  }
}

/** config-linux.md#memory, checkBeforeUpdate: what is in use would otherwise be killed for. */
function checkUse({ path, value, notBelow }: FileWrite): void {
  if (notBelow === undefined) return;
  const used = readControl(notBelow);
  if (used === undefined || value === "max" || BigInt(used) <= BigInt(value)) return;
  throw new MydockerError(`write "${value}" to ${path}: ${used} bytes are in use`, {
    code: "EBUSY",
    hint: "a larger limit, or checkBeforeUpdate false to have the kernel kill for it",
  });
}

function explainWrite(path: string, value: string, error: unknown): MydockerError {
  return systemError(`write "${value}" to ${path}`, error, hintFor(path, errnoOf(error)));
}

function hintFor(path: string, errno: string | undefined): string | undefined {
  if (path.includes(".swap.max") || path.includes(".memsw.")) {
    return errno === "EBUSY"
      ? "a larger limit: more than that is in use"
      : "without a swap limit, or boot with swapaccount=1";
  }
  if (path.endsWith("memory.limit_in_bytes") && errno === "EBUSY") return "a larger limit: more than that is in use";
  if (path.includes("cpu.rt_") && errno === "EINVAL") {
    return "less realtime time than the cgroup above has; give that one some first";
  }
  if (path.includes("/devices.") && errno === "EPERM") return "only devices that the cgroup above allows";
  if (errno === "ENODEV") return "the numbers of a disk as a whole, as lsblk shows them";
  if (errno === "ENOENT") return "without it: this kernel does not have that file";
  return undefined;
}
