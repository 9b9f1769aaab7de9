import { statSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { readIndex } from "../store/image-index.ts";
import { readLayerFacts } from "../store/layers.ts";
import { blobFile } from "../store/paths.ts";
import { blobsOf, readImageOrWarn } from "../store/read-blob.ts";
import { readStack } from "../store/stack.ts";
import { listRecords } from "./needed.ts";

/** What an image takes of the disk: its blobs, and its layers' files. */
export interface ImageUsage {
  references: string[];
  id: string;
  digest: string;
  /** RFC 3339; the epoch where the image does not say. */
  created: string;
  size: number;
  /** Of that, what other images have as well. */
  shared: number;
  unique: number;
  /** How many were made of it. */
  containers: number;
}

export interface DiskUsage {
  images: ImageUsage[];
  /** What all of them take; what they share is there once. */
  size: number;
  /** What would be freed if those went that no container was made of. */
  reclaimable: number;
}

/** Adds up what images take of the disk. */
export function diskUsage(paths: HostPaths): DiskUsage {
  const records = listRecords(paths);
  const entries = readIndex(paths);
  const images = [...new Set(entries.map(({ descriptor }) => descriptor.digest))].flatMap((digest) => {
    const references = entries
      .filter(({ descriptor }) => descriptor.digest === digest)
      .map(({ reference }) => reference);
    const image = readImageOrWarn(paths, references[0] ?? digest, digest);
    if (image === undefined) return [];
    const containers = records.filter(
      ({ imageDigest, imageId }) => imageDigest === digest || imageId === image.id,
    ).length;
    const created = image.config.created ?? "1970-01-01T00:00:00Z";
    const blobs = [digest, ...blobsOf(image.manifest).map((blob) => blob.digest)];
    const layers = readStack(paths, image.hex)?.layers ?? [];
    return [{ told: { references, id: image.id, digest, created, containers }, parts: partsOf(paths, blobs, layers) }];
  });
  const count = new Map<string, number>();
  for (const { parts } of images) for (const part of parts.keys()) count.set(part, (count.get(part) ?? 0) + 1);
  const all = union(images.map(({ parts }) => parts));
  const active = union(images.filter(({ told }) => told.containers > 0).map(({ parts }) => parts));
  return {
    images: images.map(({ told, parts }) => {
      const size = sum(parts);
      const shared = sum(new Map([...parts].filter(([part]) => (count.get(part) ?? 0) > 1)));
      return { ...told, size, shared, unique: size - shared };
    }),
    size: sum(all),
    reclaimable: sum(all) - sum(active),
  };
}

/** Bytes of each blob and unpacked layer, by a name that no two have. */
function partsOf(paths: HostPaths, blobs: string[], layers: string[]): Map<string, number> {
  const blobSize = (digest: string): number =>
    unlessErrno(["ENOENT"], () => statSync(blobFile(paths, digestHex(digest, "blob"))).size) ?? 0;
  return new Map([
    ...blobs.map((digest) => [digest, blobSize(digest)] as const),
    ...layers.map((name) => [`layer ${name}`, readLayerFacts(paths, name).size] as const),
  ]);
}

function union(all: Map<string, number>[]): Map<string, number> {
  return new Map(all.flatMap((parts) => [...parts]));
}

function sum(parts: Map<string, number>): number {
  return [...parts.values()].reduce((total, size) => total + size, 0);
}
