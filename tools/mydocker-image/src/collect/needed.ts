import {
  type ContainerRecord,
  containerDirectory,
  type HostPaths,
  listContainerIds,
  readContainerRecord,
  readJsonIfExists,
} from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import type { IndexEntry } from "../store/image-index.ts";
import { blobsOf, readImageOrWarn } from "../store/read-blob.ts";
import type { Stack } from "../store/stack.ts";

/** The records of all containers that have one. */
export function listRecords(paths: HostPaths): ContainerRecord[] {
  return listContainerIds(paths).flatMap((id) => readContainerRecord(containerDirectory(paths, id)) ?? []);
}

/** The unpacked images (hex digests of manifests) that a reference or a container needs. */
export function neededImages(entries: readonly IndexEntry[], records: readonly ContainerRecord[]): Set<string> {
  const digests = [
    ...entries.map(({ descriptor }) => descriptor.digest),
    ...records.flatMap(({ imageDigest }) => imageDigest ?? []),
  ];
  return new Set(digests.map((digest) => digestHex(digest, "image")));
}

/** The unpacked layers that unpacked images need; undefined where one cannot be read: then nobody knows. */
export function neededLayers(stackFiles: readonly string[]): Set<string> | undefined {
  const needed = new Set<string>();
  for (const file of stackFiles) {
    const { layers } = (readJsonIfExists(file) ?? {}) as Partial<Stack>;
    if (layers === undefined) return undefined;
    for (const name of layers) needed.add(name);
  }
  return needed;
}

/**
 * The blobs (hex digests) that a reference needs. A container needs none: its tree is unpacked.
 *
 * @returns undefined where an image cannot be read: then nobody knows what it needs
 */
export function neededBlobs(paths: HostPaths, entries: readonly IndexEntry[]): Set<string> | undefined {
  const needed = new Set<string>();
  for (const { reference, descriptor } of entries) {
    const image = readImageOrWarn(paths, reference, descriptor.digest);
    if (image === undefined) return undefined;
    for (const { digest } of [descriptor, ...blobsOf(image.manifest)]) needed.add(digestHex(digest, "blob"));
  }
  return needed;
}
