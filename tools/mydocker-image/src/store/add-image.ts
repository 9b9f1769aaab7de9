import { statSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, withLock } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import type { Descriptor } from "./documents.ts";
import { readIndex, unpackedSize, withEntry, writeIndex } from "./image-index.ts";
import { blobFile, storeLock } from "./paths.ts";
import { blobsOf, readImage } from "./read-blob.ts";
import { measureTree, unpackImage } from "./unpack.ts";

/**
 * Unpacks an image whose blobs are in the store, and gives it a reference there.
 *
 * @returns false where a blob has gone in the meantime: it was another image's that was just removed
 */
export async function addImage(paths: HostPaths, reference: string, descriptor: Descriptor): Promise<boolean> {
  const known = readIndex(paths).find((entry) => entry.descriptor.digest === descriptor.digest);
  const rootfs = await unpackImage(paths, descriptor.digest);
  const size = known === undefined ? await measureTree(rootfs) : unpackedSize(known);
  return withLock(storeLock(paths), async () => {
    if (!hasAllBlobs(paths, descriptor)) return false;
    const { mediaType, digest, size: bytes } = descriptor;
    writeIndex(paths, withEntry(readIndex(paths), reference, { mediaType, digest, size: bytes }, size));
    return true;
  });
}

function hasAllBlobs(paths: HostPaths, descriptor: Descriptor): boolean {
  const isThere = ({ digest, size }: Descriptor): boolean =>
    unlessErrno(["ENOENT"], () => statSync(blobFile(paths, digestHex(digest, "blob"))).size) === size;
  return isThere(descriptor) && blobsOf(readImage(paths, descriptor.digest).manifest).every(isThere);
}
