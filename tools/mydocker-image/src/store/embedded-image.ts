import { copyFileSync, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { MydockerError, sharePath } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { parseManifest } from "./documents.ts";
import { parseIndex } from "./image-index.ts";
import { blobFile, blobsDirectory } from "./paths.ts";
import { blobsOf, readDocument, readImage } from "./read-blob.ts";
import { withTemporaryDirectory } from "./temporary.ts";
import { prepareImage } from "./unpack.ts";

/** What the installation brings along, so that a first container needs no network. */
export const EMBEDDED_REFERENCE = "docker.io/library/busybox:latest";

export function hasEmbeddedImage(): boolean {
  return existsSync(join(embeddedLayout(), "index.json"));
}

/** Puts the embedded image in the store. */
export async function importEmbeddedImage(paths: HostPaths): Promise<void> {
  const layout = embeddedLayout();
  const file = join(layout, "index.json");
  const descriptor = parseIndex(readFileSync(file, "utf8"), file)[0]?.descriptor;
  if (descriptor === undefined) throw new MydockerError(`${file}: no image in it`, { code: "BAD_IMAGE" });
  const source = (digest: string): string => join(layout, "blobs/sha256", digestHex(digest, file));
  const manifest = parseManifest(readDocument(source(descriptor.digest), descriptor.digest, "digest"), file);
  await withTemporaryDirectory(
    paths,
    async (directory) => {
      makePrivateDirectory(join(blobsDirectory(paths), "sha256"));
      for (const { digest } of [descriptor, ...blobsOf(manifest)]) {
        const copied = join(directory, "blob");
        copyFileSync(source(digest), copied);
        renameSync(copied, blobFile(paths, digestHex(digest, file)));
      }
      await prepareImage(paths, descriptor, readImage(paths, descriptor.digest), EMBEDDED_REFERENCE);
    },
    "fetch",
  );
}

function embeddedLayout(): string {
  return sharePath("images", "busybox");
}
