import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { familiarReference, parseReference } from "../reference/reference.ts";
import { isUnnamed } from "../reference/unnamed.ts";
import { requireImage } from "../store/find-image.ts";
import { type IndexEntry, readIndex, withoutReference, writeIndex } from "../store/image-index.ts";
import { readImage } from "../store/read-blob.ts";
import { listRecords } from "./needed.ts";
import { sweepStore } from "./sweep-store.ts";

export interface RemoveOptions {
  force: boolean;
  dryRun: boolean;
}

export interface Removed {
  /** Familiar references. */
  untagged: string[];
  /** Ids of images that have no reference any more. */
  deleted: string[];
}

/**
 * Takes a reference away, or all of an image where its id was given, and with the last one what nothing else needs. The
 * caller holds the store's lock.
 *
 * @throws MydockerError `IN_USE` where containers were made of an image that would lose its last reference
 */
export function removeImage(paths: HostPaths, wanted: string, { force, dryRun }: RemoveOptions): Removed {
  const { entry, byId } = requireImage(paths, wanted);
  const { digest } = entry.descriptor;
  const siblings = readIndex(paths).filter(({ descriptor }) => descriptor.digest === digest);
  const leaving = byId ? siblings : [entry];
  if (byId && siblings.length > 1 && !force) throw severalNames(wanted, siblings);
  const isLast = leaving.length === siblings.length;
  if (isLast && !force) refuseIfUsed(paths, wanted, digest);
  // With --force a manifest that cannot be read is no reason to keep it.
  const deleted = isLast ? [idOf(paths, digest, force)] : [];
  if (!dryRun) {
    let entries = readIndex(paths);
    for (const { reference } of leaving) entries = withoutReference(entries, reference);
    writeIndex(paths, entries);
    if (isLast) sweepStore(paths);
  }
  const named = leaving.filter(({ reference }) => !isUnnamed(reference));
  return { untagged: named.map(({ reference }) => familiarReference(parseReference(reference))), deleted };
}

function idOf(paths: HostPaths, digest: string, force: boolean): string {
  try {
    return readImage(paths, digest).id;
  } catch (error) {
    if (!force) throw error;
    return digest;
  }
}

function refuseIfUsed(paths: HostPaths, wanted: string, digest: string): void {
  const user = listRecords(paths).find(({ imageDigest }) => imageDigest === digest);
  if (user === undefined) return;
  throw new MydockerError(
    `unable to remove image ${wanted}: container ${user.id.slice(0, 12)} (${user.name}) uses it`,
    {
      code: "IN_USE",
      hint: `mydocker rm ${user.name} first, or --force`,
      exitCode: 1,
    },
  );
}

function severalNames(wanted: string, siblings: IndexEntry[]): MydockerError {
  const names = siblings.map(({ reference }) => familiarReference(parseReference(reference))).join(", ");
  return new MydockerError(`unable to remove image ${wanted}: it has several names: ${names}`, {
    code: "SEVERAL_NAMES",
    hint: "one of the names, or --force for all",
    exitCode: 1,
  });
}
