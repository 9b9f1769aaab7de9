import { renameSync } from "node:fs";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import type { Platform } from "../pull/platform.ts";
import { digestHex } from "../reference/digest.ts";
import { blobFile, blobsDirectory } from "../store/paths.ts";
import { hasBlob, readImage } from "../store/read-blob.ts";
import { storeDocument } from "../store/store-document.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { prepareImage } from "../store/unpack.ts";
import { type ArchivedImage, archivedImages } from "./archived-images.ts";
import { readArchive } from "./read-archive.ts";

export interface LoadOptions {
  /** Normalised; for an image that has no name in the archive. */
  name?: string;
  platform?: Platform;
  unpacking: UnpackOptions;
}

export interface Loaded {
  reference: string;
  /** Of the manifest. */
  digest: string;
}

/** Takes the images of an archive into the store. */
export function loadImages(paths: HostPaths, source: AsyncIterable<Buffer>, options: LoadOptions): Promise<Loaded[]> {
  return withTemporaryDirectory(
    paths,
    async (directory) => {
      const archive = await readArchive(source, directory);
      const images = archivedImages(archive, options.platform).map((image) => withName(image, options.name));
      if (images.length === 0)
        throw new MydockerError("the archive has no image for this platform", { code: "BAD_ARCHIVE" });
      const loaded: Loaded[] = [];
      for (const image of images) {
        store(paths, image, directory);
        for (const reference of image.references) {
          await prepareImage(
            paths,
            image.descriptor,
            readImage(paths, image.descriptor.digest),
            reference,
            options.unpacking,
          );
          loaded.push({ reference, digest: image.descriptor.digest });
        }
      }
      return loaded;
    },
    "fetch",
  );
}

function withName(image: ArchivedImage, name: string | undefined): ArchivedImage {
  if (image.references.length > 0) return image;
  if (name !== undefined) return { ...image, references: [name] };
  throw new MydockerError(`the image ${image.descriptor.digest} has no name in the archive`, {
    code: "NO_NAME",
    hint: "--name NAME[:TAG]",
  });
}

/** Files have been hashed as they were read. */
function store(paths: HostPaths, { descriptor, manifest, blobs }: ArchivedImage, directory: string): void {
  makePrivateDirectory(join(blobsDirectory(paths), "sha256"));
  for (const { descriptor: blob, file } of blobs) {
    if (!hasBlob(paths, blob)) renameSync(file.path, blobFile(paths, digestHex(blob.digest, "blob")));
  }
  storeDocument(paths, directory, descriptor.digest, manifest);
}
