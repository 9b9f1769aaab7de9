import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
  const descriptor = openSync(path, "a", 0o600);
  try {
    for (let wait = 1; !lockFile(descriptor); wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) await sleep(wait);
    return await work();
  } finally {
    closeSync(descriptor);
  }
}
