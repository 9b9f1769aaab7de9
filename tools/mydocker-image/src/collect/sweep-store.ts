import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { removeTree } from "../release/remove-directory.ts";
import { readIndex } from "../store/image-index.ts";
import { blobsDirectory, rootfsDirectory, rootfsParent, temporaryParent } from "../store/paths.ts";
import { listTemporaries, temporaryName } from "../store/temporary.ts";
import { listRecords, neededBlobs, neededRootfs } from "./needed.ts";

export interface Swept {
  rootfs: string[];
  blobs: string[];
}

/** What no reference and no container needs. Blobs are left alone while somebody may be fetching an image that has them. */
export function findUnneeded(paths: HostPaths): Swept {
  const isBusy = listTemporaries(paths).some(({ kind, isLive }) => kind === "fetch" && isLive);
  const rootfs = neededRootfs(readIndex(paths), listRecords(paths));
  const blobs = isBusy ? undefined : neededBlobs(paths);
  const hexNames = (directory: string): string[] =>
    (unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? []).filter((name) => /^[0-9a-f]{64}$/.test(name));
  return {
    rootfs: isBusy ? [] : hexNames(rootfsParent(paths)).filter((hex) => !rootfs.has(hex)),
    blobs: blobs === undefined ? [] : hexNames(join(blobsDirectory(paths), "sha256")).filter((hex) => !blobs.has(hex)),
  };
}

/** Takes away what `findUnneeded` found. The caller holds the store's lock. */
export function sweepStore(paths: HostPaths): Swept {
  const found = findUnneeded(paths);
  makePrivateDirectory(temporaryParent(paths));
  const rootfs = found.rootfs.filter((hex) => removeRootfs(paths, hex));
  for (const hex of found.blobs) rmSync(join(blobsDirectory(paths), "sha256", hex), { force: true });
  return { rootfs, blobs: found.blobs };
}

/**
 * A container may be made of the tree while we look: its record is there before it looks for the tree. So the tree is
 * renamed aside, the records are read again, and it goes back where one has come.
 */
function removeRootfs(paths: HostPaths, hex: string): boolean {
  const aside = temporaryName(paths);
  const directory = rootfsDirectory(paths, hex);
  renameSync(directory, aside);
  if (neededRootfs([], listRecords(paths)).has(hex)) {
    const isBack = unlessErrno(["ENOTEMPTY", "EEXIST"], () => {
      renameSync(aside, directory);
      return true;
    });
    if (isBack === true) return false;
  }
  removeTree(aside);
  return true;
}
