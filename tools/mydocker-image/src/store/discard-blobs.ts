import { rmSync } from "node:fs";
import type { HostPaths } from "@mydocker/state";
import { withLock, writeFileAtomic } from "@mydocker/state";
import { neededBlobs } from "../collect/needed.ts";
import { digestHex } from "../reference/digest.ts";
import { readIndex } from "./image-index.ts";
import { blobFile, stackFile, storeLock } from "./paths.ts";
import { hasBlob, readImage } from "./read-blob.ts";
import { readStack } from "./stack.ts";
import { listTemporaries } from "./temporary.ts";

/**
 * Takes an unpacked image's layers away as they came, but for those that another image has, too: what a container needs is unpacked.
 * Nothing is done while somebody else fetches, who may count on them, and nothing is taken away while another image cannot be read.
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
    const others = readIndex(paths).filter(({ descriptor }) => descriptor.digest !== digest);
    const needed = neededBlobs(paths, others);
    const { layers } = readImage(paths, digest).manifest;
    // Where nobody knows what another image needs, all stays; what is gone already is still written down below.
    const unwanted =
      needed === undefined ? [] : layers.filter((layer) => !needed.has(digestHex(layer.digest, "layer")));
    const discarded = layers.filter((layer) => unwanted.includes(layer) || !hasBlob(paths, layer));
    // Written down first: a blob that is gone for no reason is a damage.
    const changed = { ...stack, discarded: [...new Set(discarded.map((layer) => layer.digest))] };
    writeFileAtomic(stackFile(paths, hex), `${JSON.stringify(changed)}\n`, { durable: true });
    for (const layer of unwanted) rmSync(blobFile(paths, digestHex(layer.digest, "layer")), { force: true });
  });
}
