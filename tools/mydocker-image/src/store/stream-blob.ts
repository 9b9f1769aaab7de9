import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { MydockerError, systemError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import type { Descriptor } from "./documents.ts";
import { blobFile } from "./paths.ts";

const CHUNK = 512 * 1024;

/** A blob of the store, piece by piece. Behind the last one it throws where the whole was not what its digest says. */
export async function* streamBlob(paths: HostPaths, { digest, size }: Descriptor): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let read = 0;
  for (const chunk of readPieces(blobFile(paths, digestHex(digest, "blob")), digest)) {
    read += chunk.length;
    hash.update(chunk);
    yield chunk;
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (read === size && found === digest) return;
  const why = read === size ? "its content is another" : `it has ${read} bytes, where ${size} are expected`;
  throw new MydockerError(`blob ${digest}: ${why}`, {
    code: "BAD_DIGEST",
    hint: "remove the image with mydocker-image remove --force, and pull it again",
  });
}

function* readPieces(path: string, digest: string): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw systemError(`read blob ${digest}`, error, "pull the image again");
  }
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const length = readSync(descriptor, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}
