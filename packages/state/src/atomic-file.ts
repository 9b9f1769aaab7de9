import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { systemError, unlessErrno } from "@mydocker/stage";
import { nanoid } from "nanoid/non-secure";

export interface WriteOptions {
  /** Permission bits; 0600 unless told. */
  mode?: number;
  /**
   * Whether the content must survive a power cut: fsync before the rename. Files under /run need none, and those of a
   * container that dies with its host neither.
   */
  durable?: boolean;
}

/**
 * A name beside `path` that says who is writing: what a killed writer leaves can be told from what is being written.
 *
 * The names of temporary files need be unique, not unguessable: they are made with O_EXCL in directories of root's. The
 * secure nanoid would load node:crypto, which takes 4 ms of every start.
 */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${nanoid(8)}.tmp`;
}

/** Writes a file so that a reader sees the old content or all of the new one, whoever is killed when. */
export function writeFileAtomic(path: string, content: string | Uint8Array, options: WriteOptions = {}): void {
  const temporary = temporaryName(path);
  try {
    const descriptor = openSync(temporary, "wx", options.mode ?? 0o600);
    try {
      const data = typeof content === "string" ? Buffer.from(content, "utf8") : content;
      for (let offset = 0; offset < data.length; ) offset += writeSync(descriptor, data, offset);
      if (options.durable === true) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    if (options.durable === true) syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw systemError(`write ${path}`, error);
  }
}

/** Makes a rename or link within `directory` survive a power cut. */
export function syncDirectory(directory: string): void {
  syncFile(directory);
}

/** Makes a file's content survive a power cut. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The file's text, or undefined where there is no such file. */
export function readTextIfExists(path: string): string | undefined {
  // ESRCH: a file of /proc whose process has ended since it was opened.
  return unlessErrno(["ENOENT", "ENOTDIR", "ESRCH"], () => readFileSync(path, "utf8"));
}

/**
 * A JSON file of our own, or undefined where it is absent or not JSON. Our files are written whole, so one that does not
 * parse was cut by a crash of the host; it counts as absent rather than stopping every command.
 */
export function readJsonIfExists(path: string): unknown {
  const text = readTextIfExists(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Creates a directory of ours with its parents, closed to other users (CVE-2021-41091). */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
