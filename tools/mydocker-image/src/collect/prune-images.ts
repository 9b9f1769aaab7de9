import { statSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { isUnnamed } from "../reference/unnamed.ts";
import { type IndexEntry, readIndex, writeIndex } from "../store/image-index.ts";
import { readLayerFacts } from "../store/layers.ts";
import { blobFile } from "../store/paths.ts";
import { readImageOrWarn } from "../store/read-blob.ts";
import { listRecords } from "./needed.ts";
import { findUnneeded, type Swept, sweepStore } from "./sweep-store.ts";

export interface Pruned {
  /** Normalised references. */
  untagged: string[];
  /** Ids of images that have no reference any more. */
  deleted: string[];
  /** Bytes of blobs and of unpacked layers' files that went. */
  bytes: number;
}

export interface PruneOptions {
  /** Images that no container was made of, too. */
  all: boolean;
  /** Only images that were made before; milliseconds since 1970. */
  until: number | undefined;
  dryRun: boolean;
}

/** Takes away what nothing needs, images without a name and a container among it, and with `all` all images that no container was made of. The caller holds the store's lock. */
export function pruneImages(paths: HostPaths, { all, until, dryRun }: PruneOptions): Pruned {
  const entries = readIndex(paths);
  const leaving = unusedImages(paths, entries, until).filter(({ entry }) => all || isUnnamed(entry.reference));
  const deleted = new Set(leaving.map(({ id }) => id));
  const gone = leaving.map(({ entry }) => entry.reference);
  const untagged = gone.filter((reference) => !isUnnamed(reference));
  const kept = entries.filter(({ reference }) => !gone.includes(reference));
  if (dryRun) return { untagged, deleted: [...deleted], bytes: measure(paths, findUnneeded(paths, kept)) };
  if (leaving.length > 0) writeIndex(paths, kept);
  const bytes = measure(paths, findUnneeded(paths));
  sweepStore(paths);
  return { untagged, deleted: [...deleted], bytes };
}

function unusedImages(paths: HostPaths, entries: IndexEntry[], until: number | undefined) {
  const records = listRecords(paths);
  const used = new Set(records.flatMap(({ imageDigest, imageId }) => [imageDigest ?? "", imageId]));
  return entries.flatMap((entry) => {
    const image = readImageOrWarn(paths, entry.reference, entry.descriptor.digest);
    if (image === undefined || used.has(entry.descriptor.digest) || used.has(image.id)) return [];
    const created = Date.parse(image.config.created ?? "1970-01-01T00:00:00Z");
    return until !== undefined && !(created < until) ? [] : [{ entry, id: image.id }];
  });
}

function measure(paths: HostPaths, { layers, blobs }: Swept): number {
  const sizes = [
    ...layers.map((name) => readLayerFacts(paths, name).size),
    ...blobs.map((hex) => unlessErrno(["ENOENT"], () => statSync(blobFile(paths, hex)).size) ?? 0),
  ];
  return sizes.reduce((sum, size) => sum + size, 0);
}
