import { renameSync } from "node:fs";
import { join } from "node:path";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import { unnamedReference } from "../reference/unnamed.ts";
import { blobFile, blobsDirectory } from "../store/paths.ts";
import { hasBlob, readImage } from "../store/read-blob.ts";
import { storeDocument } from "../store/store-document.ts";
import { prepareImage } from "../store/unpack.ts";
import type { LayerBlob } from "./layer-blob.ts";
import { composeNewImage, type ImageParts } from "./new-image.ts";
import type { PackedLayer } from "./pack-layer.ts";

/** What became of it. */
export interface AddedImage {
  /** Normalised; that of an image without a name where none was wanted. */
  reference: string;
  /** Digest of the config. */
  id: string;
  /** Digest of the manifest. */
  digest: string;
  /** Absent where nothing has changed. */
  layer?: LayerBlob;
}

/**
 * Puts a new image in the store, unpacked and with a reference.
 *
 * @param directory a temporary one of the kind `fetch`
 * @param reference normalised; undefined: it gets no name
 */
export async function addImage(
  paths: HostPaths,
  directory: string,
  parts: ImageParts & { layer: PackedLayer | undefined },
  reference: string | undefined,
  unpacking: UnpackOptions,
): Promise<AddedImage> {
  const { documents, descriptor, id } = composeNewImage(parts);
  const { layer } = parts;
  makePrivateDirectory(join(blobsDirectory(paths), "sha256"));
  if (layer !== undefined) {
    const { digest, size, file } = layer;
    if (!hasBlob(paths, { mediaType: "", digest, size })) renameSync(file, blobFile(paths, digestHex(digest, "layer")));
    layer.place();
  }
  for (const [digest, data] of documents) storeDocument(paths, directory, digest, data);
  const name = reference ?? unnamedReference(descriptor.digest);
  await prepareImage(paths, descriptor, readImage(paths, descriptor.digest), name, unpacking);
  const told = layer === undefined ? {} : { layer: { diffId: layer.diffId, digest: layer.digest, size: layer.size } };
  return { reference: name, id, digest: descriptor.digest, ...told };
}
