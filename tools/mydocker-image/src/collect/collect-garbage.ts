import { readdirSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { unlessErrno, warn } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  claimOwner,
  containerDirectory,
  containerLife,
  type HostPaths,
  isAbandonedTemporary,
  isTemporary,
  listContainerIds,
  nameClaim,
  readContainerRecord,
  releaseClaim,
  withLock,
} from "@mydocker/state";
import { findOverlayUser } from "../mount/overlay-users.ts";
import { releaseContainer } from "../release/release-container.ts";
import { removeTree } from "../release/remove-directory.ts";
import { layersParent, layoutDirectory, stacksParent, storeLock } from "../store/paths.ts";
import { listTemporaries } from "../store/temporary.ts";
import { findUnneeded, sweepStore } from "./sweep-store.ts";

/**
 * Takes away what has no live owner: abandoned containers, claims of names without one, unfinished work of processes that
 * are gone, and what of the store nothing needs.
 *
 * @param report gets a line for each thing
 */
export async function collectGarbage(paths: HostPaths, dryRun: boolean, report: (line: string) => void): Promise<void> {
  for (const id of listContainerIds(paths)) {
    if (containerLife(paths, id).status !== "abandoned" || isUsedElsewhere(paths, id)) continue;
    await tryTo(`container ${id}`, dryRun, report, () => releaseContainer(paths, id));
  }
  for (const name of staleNames(paths)) {
    const holder = claimOwner(nameClaim(paths, name)) ?? "";
    await tryTo(`name ${name}`, dryRun, report, () => {
      if (isTemporary(name)) rmSync(nameClaim(paths, name), { force: true });
      else releaseClaim(nameClaim(paths, name), holder);
    });
  }
  for (const { path } of listTemporaries(paths).filter(({ isLive }) => !isLive)) {
    await tryTo(`temporary ${basename(path)}`, dryRun, report, () => removeTree(path));
  }
  for (const path of unfinishedFiles(paths)) {
    await tryTo(`file ${relative(paths.root, path)}`, dryRun, report, () => rmSync(path, { force: true }));
  }
  const swept = dryRun ? findUnneeded(paths) : await withLock(storeLock(paths), async () => sweepStore(paths));
  for (const hex of swept.images) report(`unpacked image sha256:${hex}`);
  for (const name of swept.layers) report(`layer ${name}`);
  for (const hex of swept.rootfs) report(`rootfs sha256:${hex}`);
  for (const hex of swept.blobs) report(`blob sha256:${hex}`);
}

/** One thing that cannot be taken away keeps nothing else from going. */
async function tryTo(
  what: string,
  dryRun: boolean,
  report: (line: string) => void,
  work: () => Promise<void> | void,
): Promise<void> {
  try {
    if (!dryRun) await work();
    report(what);
  } catch (error) {
    warn(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Another runtime may run a config of ours on a mounted rootfs: no record says so, but the kernel does. */
function isUsedElsewhere(paths: HostPaths, id: string): boolean {
  return findOverlayUser(join(containerDirectory(paths, id), CONTAINER_FILE.upper)) !== undefined;
}

/** What `writeFileAtomic` had begun, beside the file itself, when its process was killed. */
function unfinishedFiles(paths: HostPaths): string[] {
  const containers = listContainerIds(paths).map((id) => containerDirectory(paths, id));
  const places = [layoutDirectory(paths), layersParent(paths), stacksParent(paths), ...containers];
  return places.flatMap((place) => {
    const names = unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(place)) ?? [];
    return names
      .filter((name) => isTemporary(name))
      .map((name) => join(place, name))
      .filter(isAbandonedTemporary);
  });
}

function staleNames(paths: HostPaths): string[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(join(paths.root, "names"))) ?? [];
  return names.filter((name) => {
    const holder = claimOwner(nameClaim(paths, name));
    // A container may be called x.tmp.
    const isClaim = holder !== undefined && readContainerRecord(containerDirectory(paths, holder))?.name === name;
    if (isTemporary(name) && !isClaim) return isAbandonedTemporary(nameClaim(paths, name));
    return holder !== undefined && containerLife(paths, holder).status === "missing";
  });
}
