import {
  type ContainerRecord,
  containerDirectory,
  type HostPaths,
  listContainerIds,
  readContainerRecord,
} from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { type IndexEntry, readIndex } from "../store/image-index.ts";
import { blobsOf, readImage } from "../store/read-blob.ts";

/** The records of all containers that have one. */
export function listRecords(paths: HostPaths): ContainerRecord[] {
  return listContainerIds(paths).flatMap((id) => readContainerRecord(containerDirectory(paths, id)) ?? []);
}

/** The unpacked trees (hex digests of manifests) that a reference or a container needs. */
export function neededRootfs(entries: readonly IndexEntry[], records: readonly ContainerRecord[]): Set<string> {
  const digests = [
    ...entries.map(({ descriptor }) => descriptor.digest),
    ...records.flatMap(({ imageDigest }) => imageDigest ?? []),
  ];
  return new Set(digests.map((digest) => digestHex(digest, "image")));
}

/**
 * The blobs (hex digests) that a reference needs. A container needs none: its tree is unpacked.
 *
 * @throws MydockerError where a manifest cannot be read, for then nobody knows what it needs
 */
export function neededBlobs(paths: HostPaths): Set<string> {
  const digests = readIndex(paths).flatMap(({ descriptor }) => [
    descriptor.digest,
    ...blobsOf(readImage(paths, descriptor.digest).manifest).map(({ digest }) => digest),
  ]);
  return new Set(digests.map((digest) => digestHex(digest, "blob")));
}
