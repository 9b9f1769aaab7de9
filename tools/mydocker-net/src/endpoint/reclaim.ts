import type { HostPaths } from "@mydocker/state";
import { withNetworkLock } from "../network-lock.ts";
import { hasProcess, isOwnerLive } from "./life.ts";
import { endpointNames } from "./names.ts";
import { teardown } from "./teardown.ts";

/**
 * Takes back what a container holds that is no longer live. Under the lock, because two who want the same port would
 * otherwise both tear its holder down, the later one with the new owner's firewall element.
 *
 * @returns false when the container is live
 */
export async function reclaim(paths: HostPaths, owner: string): Promise<boolean> {
  if (isOwnerLive(paths, owner)) return false;
  return withNetworkLock(async () => {
    if (isOwnerLive(paths, owner)) return false;
    await teardown(paths, owner, { held: hasProcess(endpointNames(paths, owner).netnsPath), search: true });
    return true;
  });
}
