import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unlessErrno } from "@mydocker/stage";
import { lockFile } from "@mydocker/system/lock";
import { makePrivateDirectory } from "./atomic-file.ts";

/** How long to wait before looking again, at most. */
const LONGEST_PAUSE_MS = 10;

/**
 * Runs `work` while nobody else holds `path`. The lock is flock(2)'s: when this process dies, however it dies, the kernel lets go of it.
 * Looked at again and again, and not waited for in the kernel, where no signal could be listened to.
 *
 * @param path the lock's file; made as needed, never removed (removing it would let two in)
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  makePrivateDirectory(dirname(path));
  return holding(openLock(path), work);
}

/**
 * The same for a lock that stands in what it guards. Where that is gone there is nobody to keep out, and it must not come back as a
 * directory with a lock in it: `work` runs, and finds it gone.
 */
export function withLockInside<T>(path: string, work: () => Promise<T>): Promise<T> {
  const descriptor = unlessErrno(["ENOENT"], () => openLock(path));
  return descriptor === undefined ? work() : holding(descriptor, work);
}

function openLock(path: string): number {
  return openSync(path, "a", 0o600);
}

async function holding<T>(descriptor: number, work: () => Promise<T>): Promise<T> {
  try {
    for (let wait = 1; !lockFile(descriptor); wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) await sleep(wait);
    return await work();
  } finally {
    closeSync(descriptor);
  }
}
