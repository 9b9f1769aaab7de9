import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { systemError } from "@mydocker/stage";

/** A layer's blob, and what it is of. */
export interface LayerBlob {
  diffId: string;
  digest: string;
  /** Of the blob. */
  size: number;
}

/** zlib's own 16 KiB cost a turn of the event loop each. */
const CHUNK = 256 * 1024;

/**
 * Writes an archive as a layer's blob, hashed before and behind the compression, in one pass.
 *
 * @param file made here
 */
export async function writeLayerBlob(archive: AsyncIterable<Buffer>, file: string): Promise<LayerBlob> {
  const plain = createHash("sha256");
  const packed = createHash("sha256");
  let size = 0;
  const descriptor = openSync(file, "wx", 0o600);
  try {
    await pipeline(Readable.from(inPieces(archive)), hashing, createGzip({ level: LEVEL, chunkSize: CHUNK }), keep);
  } finally {
    closeSync(descriptor);
  }
  return { diffId: `sha256:${plain.digest("hex")}`, digest: `sha256:${packed.digest("hex")}`, size };

  async function* hashing(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const bytes of source) {
      plain.update(bytes);
      yield bytes;
    }
  }

  async function keep(source: AsyncIterable<Buffer>): Promise<void> {
    for await (const bytes of source) {
      packed.update(bytes);
      size += bytes.length;
      writeAll(descriptor, bytes);
    }
  }
}

/** All of one size, however they come: what is made of the same archive is then the same blob. */
async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const bytes of source) {
    parts.push(bytes);
    size += bytes.length;
    if (size < CHUNK) continue;
    const whole = Buffer.concat(parts, size);
    let at = 0;
    for (; size - at >= CHUNK; at += CHUNK) yield whole.subarray(at, at + CHUNK);
    parts = [whole.subarray(at)];
    size -= at;
  }
  if (size > 0) yield Buffer.concat(parts, size);
}

/** Of 1.3 GB of a Debian's files, 1 makes 628 MB in 4.6 s, 3 makes 508 in 10.4, and zlib's own, 6, makes 494 in 15.1. */
const LEVEL = 1;

function writeAll(descriptor: number, bytes: Buffer): void {
  try {
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
  } catch (error) {
    throw systemError("write the layer", error);
  }
}
