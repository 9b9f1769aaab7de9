import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { DEFAULT_UNPACKING, type UnpackOptions } from "../layer/unpack-options.ts";
import { commitImage } from "./commit-image.ts";
import type { Descriptor } from "./documents.ts";
import { readImage, type StoredImage } from "./read-blob.ts";
import { readStack, type Stack } from "./stack.ts";
import { withTemporaryDirectory } from "./temporary.ts";
import { unpackLayers } from "./unpack-layers.ts";
import { settleLater } from "./unsettled.ts";

/** How often it starts again because a layer it relied on was removed with another image. */
const ATTEMPTS = 3;

/**
 * Unpacks an image of the store, unless it is unpacked already.
 *
 * @param digest of the manifest
 */
export async function unpackImage(
  paths: HostPaths,
  digest: string,
  options: UnpackOptions = DEFAULT_UNPACKING,
): Promise<Stack> {
  const image = readImage(paths, digest);
  checkUnpackable(image);
  const known = readStack(paths, image.hex);
  if (known !== undefined) return known;
  return prepareImage(paths, { mediaType: "", digest, size: 0 }, image, undefined, options);
}

/**
 * Unpacks the layers of an image, all at once, and writes it down.
 *
 * @param reference what it is called from then on
 */
export async function prepareImage(
  paths: HostPaths,
  descriptor: Descriptor,
  image: StoredImage,
  reference: string | undefined,
  options: UnpackOptions = DEFAULT_UNPACKING,
): Promise<Stack> {
  checkUnpackable(image);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // "fetch": while it is there, no layer is taken away that no stack names yet.
    const stack = await withTemporaryDirectory(
      paths,
      async (directory) => {
        const layers = await unpackLayers(paths, image, directory, options);
        return commitImage(paths, descriptor, layers, reference);
      },
      "fetch",
    );
    if (stack !== undefined) {
      settleLater(paths);
      return stack;
    }
  }
  throw new MydockerError(`image ${descriptor.digest}: its layers are being removed at the same time`, {
    code: "UNPACK_RACE",
    hint: "again",
  });
}

function checkUnpackable({ manifest, config, hex }: StoredImage): void {
  if (config.os !== "" && config.os !== "linux") {
    throw new MydockerError(`image sha256:${hex}: it is for ${config.os}, not linux`, { code: "BAD_IMAGE" });
  }
  if (manifest.layers.length === config.diffIds.length && manifest.layers.length > 0) return;
  const counts = `${manifest.layers.length} layers, ${config.diffIds.length} diff ids`;
  throw new MydockerError(
    `image sha256:${hex}: ${counts}: expected as many of the one as of the other, and one at least`,
    {
      code: "BAD_IMAGE",
    },
  );
}
