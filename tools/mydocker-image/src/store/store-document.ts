import { renameSync } from "node:fs";
import { join } from "node:path";
import { type HostPaths, makePrivateDirectory, writeFileAtomic } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { blobFile, blobsDirectory } from "./paths.ts";

/**
 * Puts a config or a manifest in the store. Its content is on the disk before it has its name there: the index, which is written so, too,
 * would otherwise name an empty file after a power cut.
 *
 * @param directory a temporary one of the caller's
 * @param digest of `bytes`; whoever calls has hashed them
 * @throws MydockerError where there is no room for it, say, or `digest` is none
 */
export function storeDocument(paths: HostPaths, directory: string, digest: string, bytes: Uint8Array): void {
  const target = blobFile(paths, digestHex(digest, "blob"));
  makePrivateDirectory(join(blobsDirectory(paths), "sha256"));
  const written = join(directory, "document");
  writeFileAtomic(written, bytes, { durable: true });
  renameSync(written, target);
}
