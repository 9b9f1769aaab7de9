import { errnoOf } from "@mydocker/stage";
import { type HostPaths, withLock } from "@mydocker/state";
import { sweepStore } from "../collect/sweep-store.ts";
import { storeLock } from "./paths.ts";

/** What a full disk, or a full quota, says. */
const FULL = ["ENOSPC", "EDQUOT"];

/**
 * Runs `work`, which adds to the store. Where the disk is full, what it has added so far goes again, in place of waiting there for a next
 * attempt: the store is as it was.
 */
export async function withRoom<T>(paths: HostPaths, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (FULL.includes(errnoOf(error) ?? "")) await withLock(storeLock(paths), async () => sweepStore(paths));
    throw error;
  }
}
