import { rmSync } from "node:fs";
import type { HostPaths } from "@mydocker/state";
import { withLock, writeFileAtomic } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { readIndex } from "./image-index.ts";
import { blobFile, stackFile, storeLock } from "./paths.ts";
import { hasBlob, readImage } from "./read-blob.ts";
import { readStack } from "./stack.ts";
import { listTemporaries } from "./temporary.ts";

/**
 * Takes an unpacked image's layers away as they came, but for those that another image has, too: what a container needs is unpacked.
 * Nothing is done while somebody else fetches, who may count on them.
 *
 * @param digest of the manifest
 * @param directory of the caller's own temporary
 */
export async function discardBlobs(paths: HostPaths, digest: string, directory: string): Promise<void> {
  await withLock(storeLock(paths), async () => {
    const hex = digestHex(digest, "image");
    const stack = readStack(paths, hex);
    if (stack === undefined) return;
    const isFetching = listTemporaries(paths).some(
      ({ path, kind, isLive }) => kind === "fetch" && isLive && path !== directory,
    );
    if (isFetching) return;
    const others = readIndex(paths)
      .filter(({ descriptor }) => descriptor.digest !== digest)
      .flatMap(({ descriptor }) => readImage(paths, descriptor.digest).manifest.layers.map((layer) => layer.digest));
    const { layers } = readImage(paths, digest).manifest;
    const unwanted = layers.filter((layer) => !others.includes(layer.digest));
    const discarded = layers.filter((layer) => unwanted.includes(layer) || !hasBlob(paths, layer));
    // Written down first: a blob that is gone for no reason is a damage.
    const changed = { ...stack, discarded: [...new Set(discarded.map((layer) => layer.digest))] };
    writeFileAtomic(stackFile(paths, hex), `${JSON.stringify(changed)}\n`, { durable: true });
    for (const layer of unwanted) rmSync(blobFile(paths, digestHex(layer.digest, "layer")), { force: true });
  });
}
