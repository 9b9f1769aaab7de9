import { withLock } from "@mydocker/state";

/**
 * One lock for the whole host, whatever MYDOCKER_RUN says: bridges come and go under it, and whether the host forwards
 * packets depends on all of them. Not in /run/lock, where anybody could take it first. `attach` takes it for the first container of a bridge only.
 */
export function withNetworkLock<T>(work: () => Promise<T>): Promise<T> {
  return withLock("/run/mydocker-net.lock", work);
}
