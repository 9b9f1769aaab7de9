import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { MydockerError, systemError, unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import type { RegistryClient } from "../registry/client.ts";
import { BrokenTransfer } from "../registry/failure.ts";
import type { Descriptor } from "../store/documents.ts";
import { blobFile, blobsDirectory } from "../store/paths.ts";
import { listTemporaries } from "../store/temporary.ts";
import type { Part } from "./progress.ts";

/** What breaks off goes on where it was. */
const ATTEMPTS = 4;
const CHUNK = 512 * 1024;

export interface BlobFetch {
  paths: HostPaths;
  client: RegistryClient;
  /** A temporary one. */
  directory: string;
}

/**
 * A blob, piece by piece as it comes; it is in the store when the last piece has been taken. What somebody who was killed had
 * got of it is taken over.
 *
 * @param part undefined: a document
 * @throws MydockerError where the whole is not what its digest says, and then it is not in the store
 */
export async function* fetchBlob(fetch: BlobFetch, descriptor: Descriptor, part?: Part): AsyncGenerator<Buffer> {
  const { paths, directory } = fetch;
  const hex = digestHex(descriptor.digest, "blob");
  const partial = join(directory, `${hex}.partial`);
  adopt(paths, partial, `${hex}.partial`);
  const file = openPartial(partial);
  try {
    yield* new Transfer(fetch, descriptor, file, part).pieces();
    // A layer is not synced: whoever reads one sees whether it is whole. Without its config an image is none.
    if (part === undefined) fsyncSync(file);
    makePrivateDirectory(join(blobsDirectory(paths), "sha256"));
    renameSync(partial, blobFile(paths, hex));
  } catch (error) {
    // What is wrong must not be taken over; what has only broken off goes on there.
    if (!(error instanceof BrokenTransfer)) rmSync(partial, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Of the temporary directories that nobody works in any more. Of two who want the same one, rename(2) gives it to one. */
function adopt(paths: HostPaths, target: string, name: string): void {
  for (const { path, kind, isLive } of listTemporaries(paths)) {
    if (isLive || kind !== "fetch") continue;
    const isOurs = unlessErrno(["ENOENT", "ENOTDIR"], () => {
      renameSync(join(path, name), target);
      return true;
    });
    if (isOurs === true) return;
  }
}

function openPartial(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  } catch (error) {
    throw systemError(`make ${path}`, error);
  }
}

class Transfer {
  readonly #fetch: BlobFetch;
  readonly #descriptor: Descriptor;
  readonly #file: number;
  readonly #part: Part | undefined;
  readonly #hash: Hash = createHash("sha256");
  /** Bytes that are in the file, and have been handed on. */
  #have = 0;

  constructor(fetch: BlobFetch, descriptor: Descriptor, file: number, part: Part | undefined) {
    this.#fetch = fetch;
    this.#descriptor = descriptor;
    this.#file = file;
    this.#part = part;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const { size, digest } = this.#descriptor;
    yield* this.#fromFile();
    for (let attempt = 1; this.#have < size; attempt += 1) {
      const before = this.#have;
      try {
        yield* this.#fromRegistry();
        if (this.#have < size)
          throw new BrokenTransfer(this.#registry, `it has sent ${this.#have} of ${size} bytes of ${digest}`);
      } catch (error) {
        if (this.#have > before) attempt = 1;
        if (!(error instanceof BrokenTransfer) || attempt >= ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
      }
    }
    const found = `sha256:${this.#hash.digest("hex")}`;
    if (found !== digest) {
      throw new MydockerError(`blob ${digest}: the registry has sent another content, ${found}`, {
        code: "BAD_DIGEST",
        hint: "again",
      });
    }
  }

  get #registry(): string {
    return this.#fetch.client.reference.registry;
  }

  *#fromFile(): Generator<Buffer> {
    const left = Math.min(fstatSync(this.#file).size, this.#descriptor.size);
    while (this.#have < left) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, left - this.#have));
      const length = readSync(this.#file, buffer, 0, buffer.length, this.#have);
      if (length === 0) return;
      this.#part?.addKnown(length);
      yield this.#took(buffer.subarray(0, length));
    }
  }

  async *#fromRegistry(): AsyncGenerator<Buffer> {
    const { client } = this.#fetch;
    const { digest, size } = this.#descriptor;
    const headers: Record<string, string> = this.#have === 0 ? {} : { Range: `bytes=${this.#have}-` };
    const answer = await client.request("blob", `blobs/${digest}`, [200, 206], { headers });
    // Who does not know ranges sends it from the beginning.
    let skipped = answer.status === 206 ? 0 : this.#have;
    for await (const chunk of answer.body) {
      const piece = chunk.subarray(Math.min(skipped, chunk.length));
      skipped -= chunk.length - piece.length;
      if (piece.length === 0) continue;
      if (this.#have + piece.length > size) {
        throw new MydockerError(`blob ${digest}: the registry sends more than its ${size} bytes`, {
          code: "BAD_DIGEST",
        });
      }
      this.#write(piece);
      this.#part?.add(piece.length);
      yield this.#took(piece);
    }
  }

  #write(bytes: Buffer): void {
    try {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(this.#file, bytes, offset);
    } catch (error) {
      throw systemError(
        `write blob ${this.#descriptor.digest}`,
        error,
        "make room: mydocker system prune, or mydocker-image gc",
      );
    }
  }

  #took(bytes: Buffer): Buffer {
    this.#have += bytes.length;
    this.#hash.update(bytes);
    return bytes;
  }
}

/** As docker shows a layer. */
export function shortDigest({ digest }: Descriptor): string {
  return digest.slice("sha256:".length, "sha256:".length + 12);
}
