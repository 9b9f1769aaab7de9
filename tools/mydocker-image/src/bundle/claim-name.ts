import { MydockerError } from "@mydocker/stage";
import { claim, claimOwner, containerLife, type HostPaths, nameClaim, releaseClaim, withLock } from "@mydocker/state";
import { storeLock } from "../store/paths.ts";

/**
 * Claims a container's name. A holder that is gone, or garbage, does not keep it: what `gc` would take away is taken
 * away here.
 *
 * @throws MydockerError `NAME_TAKEN`, which names the holder
 */
export async function claimName(paths: HostPaths, name: string, id: string): Promise<void> {
  const holder = claim(nameClaim(paths, name), id);
  if (holder === undefined) return;
  await evictDeadHolder(paths, name, holder);
  const remaining = claim(nameClaim(paths, name), id);
  if (remaining === undefined) return;
  throw new MydockerError(`the container name "${name}" is already in use by container ${remaining}`, {
    code: "NAME_TAKEN",
    hint: `another --name, or mydocker rm -f ${name}`,
  });
}

/** Under the lock, so that of two who find a dead holder none takes the claim that the other has just made. */
async function evictDeadHolder(paths: HostPaths, name: string, holder: string): Promise<void> {
  if (!isDead(paths, holder)) return;
  await withLock(storeLock(paths), async () => {
    if (claimOwner(nameClaim(paths, name)) !== holder || !isDead(paths, holder)) return;
    if (containerLife(paths, holder).status === "abandoned") {
      const { releaseContainer } = await import("../release/release-container.ts");
      await releaseContainer(paths, holder);
    }
    releaseClaim(nameClaim(paths, name), holder);
  });
}

function isDead(paths: HostPaths, id: string): boolean {
  return ["missing", "abandoned"].includes(containerLife(paths, id).status);
}
