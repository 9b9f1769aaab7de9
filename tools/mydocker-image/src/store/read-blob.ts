import { readFileSync, statSync } from "node:fs";
import { MydockerError, systemError, unlessErrno, warn } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { type Descriptor, type ImageConfig, type Manifest, parseImageConfig, parseManifest } from "./documents.ts";
import { blobFile } from "./paths.ts";

/** What registries and other tools accept at most for a manifest; nobody's config comes near it either. */
export const DOCUMENT_LIMIT = 4 * 1024 * 1024;

export interface StoredImage {
  /** Digest of the manifest, without `sha256:`. */
  hex: string;
  /** Digest of the config, docker's image id. */
  id: string;
  manifest: Manifest;
  config: ImageConfig;
}

/** Reads an image's manifest and config from the store; both are checked against their digests, unless told otherwise. */
export function readImage(paths: HostPaths, digest: string, check: "digest" | "size" = "digest"): StoredImage {
  const hex = digestHex(digest, "image");
  const manifest = parseManifest(readDocument(blobFile(paths, hex), digest, check), `manifest ${digest}`);
  const id = manifest.config.digest;
  const text = readDocument(blobFile(paths, digestHex(id, "config")), id, check);
  return { hex, id, manifest, config: parseImageConfig(text, `config ${id}`) };
}

/** As `readImage`; one damaged image is no reason to say nothing of all the others. */
export function readImageOrWarn(paths: HostPaths, reference: string, digest: string): StoredImage | undefined {
  try {
    return readImage(paths, digest);
  } catch (error) {
    if (!(error instanceof MydockerError)) throw error;
    warn(`image ${reference}: ${error.message}`);
    return undefined;
  }
}

/** Reads a small JSON blob; with `digest` its content must be what its digest says. */
export function readDocument(path: string, digest: string, check: "digest" | "size"): string {
  try {
    const { size } = statSync(path);
    if (size > DOCUMENT_LIMIT) {
      throw new MydockerError(`blob ${digest}: ${size} bytes, where at most ${DOCUMENT_LIMIT} are expected`, {
        code: "BAD_IMAGE",
      });
    }
    const data = readFileSync(path);
    if (check === "digest" && digestOf(data) !== digest) {
      throw new MydockerError(`blob ${digest}: its content is another`, {
        code: "BAD_DIGEST",
        hint: "remove the image with mydocker-image remove --force, and pull it again",
      });
    }
    return data.toString("utf8");
  } catch (error) {
    if (error instanceof MydockerError) throw error;
    throw systemError(`read blob ${digest}`, error, "pull the image again");
  }
}

/** node:crypto takes 4 ms to load, so it is not imported up there. */
function digestOf(data: Uint8Array): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** The blobs an image consists of, besides its manifest. */
export function blobsOf(manifest: Manifest): Descriptor[] {
  return [manifest.config, ...manifest.layers];
}

/** What is to be sent or written has to be as it came: nothing makes the same bytes of an unpacked layer again. */
export function requireBlobs(paths: HostPaths, reference: string, blobs: Descriptor[]): void {
  const missing = blobs.filter((blob) => !hasBlob(paths, blob));
  if (missing.length === 0) return;
  const which = missing.map(({ digest }) => digest.slice(0, "sha256:".length + 12)).join(", ");
  throw new MydockerError(`${reference}: what was unpacked is no longer there as it came (${which})`, {
    code: "NO_BLOB",
    hint: `mydocker-image pull --keep-blobs=true ${reference}`,
  });
}

export function hasBlob(paths: HostPaths, { digest, size }: Descriptor): boolean {
  return unlessErrno(["ENOENT"], () => statSync(blobFile(paths, digestHex(digest, "blob"))).size) === size;
}
