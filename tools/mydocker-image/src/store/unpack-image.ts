import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { DEFAULT_LIMITS, type LayerLimits } from "../layer/limits.ts";
import { makeLayer } from "../layer/make-layer.ts";
import { digestHex } from "../reference/digest.ts";
import { commitImage } from "./commit-image.ts";
import type { Descriptor } from "./documents.ts";
import { fixImplicit } from "./implicit-directories.ts";
import { hasLayer, placeLayer } from "./layers.ts";
import { readImage, type StoredImage } from "./read-blob.ts";
import { readStack, type Stack } from "./stack.ts";
import { streamBlob } from "./stream-blob.ts";
import { withTemporaryDirectory } from "./temporary.ts";

export interface UnpackOptions {
  limits: LayerLimits;
  /** false: for a test of what stands behind Landlock. */
  landlock: boolean;
}

export const DEFAULT_UNPACKING: UnpackOptions = { limits: DEFAULT_LIMITS, landlock: true };

/** How often it starts again because a layer it relied on was removed with another image. */
const ATTEMPTS = 3;
/** Memory is a buffer or two for each; the disk has its fill with fewer. */
const AT_ONCE = 8;

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
    if (stack !== undefined) return stack;
  }
  throw new MydockerError(`image ${descriptor.digest}: its layers are being removed at the same time`, {
    code: "UNPACK_RACE",
    hint: "again",
  });
}

/** @returns names below `layers/`, lowest first */
async function unpackLayers(
  paths: HostPaths,
  { manifest, config }: StoredImage,
  directory: string,
  options: UnpackOptions,
): Promise<string[]> {
  const names = config.diffIds.map((diffId) => digestHex(diffId, "rootfs.diff_ids"));
  const missing = manifest.layers.flatMap((layer, index) => {
    const name = names[index] ?? "";
    const isFirst = names.indexOf(name) === index;
    return isFirst && !hasLayer(paths, name) ? [{ layer, name }] : [];
  });
  await inParallel(missing, AT_ONCE, async ({ layer, name }) => {
    const blob = streamBlob(paths, layer);
    const made = join(directory, name);
    const source = { blob, diffId: `sha256:${name}`, limits: options.limits };
    const facts = await namingLayer(layer.digest, () => makeLayer(source, made, options.landlock));
    placeLayer(paths, made, name, facts);
  });
  return fixImplicit(paths, names, directory, options.landlock);
}

/** Which layer it was. */
export async function namingLayer<T>(digest: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MydockerError)) throw error;
    throw new MydockerError(`layer ${digest.slice(0, "sha256:".length + 12)}: ${error.message}`, {
      code: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/** The first that fails is what is thrown, once none is at work any more. */
export async function inParallel<T>(items: T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined && failures.length === 0; item = waiting.shift()) {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
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
