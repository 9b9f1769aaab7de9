import { errnoOf, MydockerError, systemError } from "@mydocker/stage";
import { type HostPaths, withLock } from "@mydocker/state";
import { sweepStore } from "../collect/sweep-store.ts";
import { storeLock } from "./paths.ts";

/** What a full disk, or a full quota, says. */
const FULL = ["ENOSPC", "EDQUOT"];

const ROOM_HINT = "make room: mydocker system prune, or mydocker-image gc";

/**
 * Runs `work`, which adds to the store. What that has added is of use to the next attempt, but not where it is the reason why this one
 * failed: where the disk is full it goes again, and the store is as it was.
 */
export async function withRoom<T>(paths: HostPaths, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = errnoOf(error) ?? "";
    if (!FULL.includes(code)) throw error;
    await withLock(storeLock(paths), async () => sweepStore(paths));
    if (!(error instanceof MydockerError)) throw systemError("write to the store", error, ROOM_HINT);
    throw new MydockerError(error.message, { code, hint: error.hint ?? ROOM_HINT, cause: error });
  }
}
