import type { HostPaths } from "@mydocker/state";
import { type IndexEntry, unpackedSize } from "./image-index.ts";
import { readImage } from "./read-blob.ts";

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

export function summarise(paths: HostPaths, entry: IndexEntry): ImageSummary {
  const { digest } = entry.descriptor;
  const { id, config } = readImage(paths, digest);
  const created = config.created ?? "1970-01-01T00:00:00Z";
  return { reference: entry.reference, id, digest, size: unpackedSize(entry), created };
}
