import type { HostPaths } from "@mydocker/state";
import { type IndexEntry, unpackedSize } from "./image-index.ts";
import { readImageOrWarn } from "./read-blob.ts";

/** What `list` tells of an image. */
export interface ImageSummary {
  /** Normalised: `docker.io/library/busybox:latest`. */
  reference: string;
  /** Digest of the config: docker's image id. */
  id: string;
  /** Digest of the manifest. */
  digest: string;
  /** Bytes on disk, unpacked. */
  size: number;
  /** RFC 3339; the epoch where the image does not say. */
  created: string;
}

/** @returns undefined, with a warning, for an image that cannot be read */
export function summarise(paths: HostPaths, entry: IndexEntry): ImageSummary | undefined {
  const { digest } = entry.descriptor;
  const image = readImageOrWarn(paths, entry.reference, digest);
  if (image === undefined) return undefined;
  const { id, config } = image;
  const created = config.created ?? "1970-01-01T00:00:00Z";
  return { reference: entry.reference, id, digest, size: unpackedSize(entry), created };
}
