import { createHash } from "node:crypto";
import { badLayer } from "../tar/bad-layer.ts";
import { TarReader } from "../tar/reader.ts";
import { decompress } from "./decompress.ts";
import { Frames } from "./frames.ts";
import { LayerEntries } from "./layer-entries.ts";
import { checkRatio, type LayerLimits } from "./limits.ts";

export interface LayerSource {
  /** The blob, compressed or not. Whoever makes the stream checks the blob's own digest. */
  blob: AsyncIterable<Buffer>;
  /** `sha256:…` of the archive. undefined: the blob is an archive of our own making, as it is, whatever its first bytes are. */
  diffId: string | undefined;
  limits: LayerLimits;
}

export interface LayerTarget {
  /** Frames (docs/shim.md), whole ones. */
  frames(bytes: Buffer): Promise<void>;
  /** The archive as it is, decompressed. */
  archive?(bytes: Buffer): Promise<void>;
}

/** Enough that a write is worth its while. */
const BATCH = 128 * 1024;

/**
 * Reads a layer once from beginning to end: decompressed, hashed, judged, and handed on as frames.
 *
 * @throws MydockerError `BAD_LAYER`, `BAD_DIGEST`; by then the target has got frames, but not the last one
 */
export async function readLayer({ blob, diffId, limits }: LayerSource, target: LayerTarget): Promise<LayerEntries> {
  const frames = new Frames();
  const entries = new LayerEntries(frames, limits);
  const tar = new TarReader(entries);
  const hash = createHash("sha256");
  // What is being written of the one buffer, while the other is filled.
  let writing: Promise<void> = Promise.resolve();
  let packed = 0;
  let unpacked = 0;
  const counted = count(blob, (bytes) => {
    packed += bytes;
  });
  for await (const chunk of diffId === undefined ? counted : decompress(counted)) {
    unpacked += chunk.length;
    checkRatio(limits, packed, unpacked);
    if (diffId !== undefined) hash.update(chunk);
    tar.push(chunk);
    await target.archive?.(chunk);
    if (frames.size < BATCH) continue;
    await writing;
    writing = target.frames(frames.take());
    // It is thrown where it is waited for.
    writing.catch(() => {});
  }
  tar.end();
  const found = `sha256:${hash.digest("hex")}`;
  if (diffId !== undefined && found !== diffId)
    throw badLayer(`its content is another: the config says ${diffId}, and it is ${found}`);
  entries.finish();
  await writing;
  await target.frames(frames.take());
  return entries;
}

/** Hands on what comes, and says how much it was. */
export async function* count(source: AsyncIterable<Buffer>, add: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    add(chunk.length);
    yield chunk;
  }
}
