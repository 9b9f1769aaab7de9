import { withLock } from "@mydocker/state";

/**
 * One lock for the whole host, whatever MYDOCKER_RUN says: bridges come and go under it, and whether the host forwards
 * packets depends on all of them. `attach` takes it for the first container of a bridge only.
 */
export function withNetworkLock<T>(work: () => Promise<T>): Promise<T> {
  return withLock("/run/lock/mydocker-net.lock", work);
}
