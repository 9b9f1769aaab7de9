import { createHash } from "node:crypto";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { makeLayer } from "../layer/make-layer.ts";
import { makeUmociLayer } from "../layer/umoci-layer.ts";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import type { Descriptor } from "./documents.ts";
import { fixImplicit } from "./implicit-directories.ts";
import { inParallel } from "./in-parallel.ts";
import { hasLayer, placeLayer } from "./layers.ts";
import { layersParent } from "./paths.ts";
import type { StoredImage } from "./read-blob.ts";
import { streamBlob } from "./stream-blob.ts";

/** Memory is a buffer or two for each; the disk has its fill with fewer. */
const AT_ONCE = 8;

/** A layer to be unpacked, and the name it gets below `layers/`. */
interface Wanted {
  layer: Descriptor;
  diffId: string;
  name: string;
}

/**
 * Unpacks those layers of an image that are not unpacked.
 *
 * @param directory a temporary one
 * @returns names below `layers/`, lowest first
 */
export function unpackLayers(
  paths: HostPaths,
  image: StoredImage,
  directory: string,
  options: UnpackOptions,
): Promise<string[]> {
  return options.driver === "umoci"
    ? unpackWithUmoci(paths, image, directory, options)
    : unpackAtOnce(paths, image, directory, options);
}

async function unpackAtOnce(
  paths: HostPaths,
  image: StoredImage,
  directory: string,
  options: UnpackOptions,
): Promise<string[]> {
  const wanted = wantedLayers(image);
  const missing = wanted.filter(
    ({ name }, index) => !hasLayer(paths, name) && wanted.findIndex((other) => other.name === name) === index,
  );
  await inParallel(missing, AT_ONCE, async ({ layer, diffId, name }) => {
    const source = { blob: streamBlob(paths, layer), diffId, limits: options.limits };
    const made = join(directory, name);
    placeLayer(paths, made, name, await namingLayer(layer, () => makeLayer(source, made, options.landlock)), false);
  });
  const names = wanted.map(({ name }) => name);
  return fixImplicit(paths, names, directory, options.landlock);
}

/**
 * One after the other, each on its parents. What umoci makes of a layer depends on them, so it is named by all of them (the
 * image-spec's chain id), unless the layer by itself is there already. The first one's chain id is its diff id.
 */
async function unpackWithUmoci(
  paths: HostPaths,
  image: StoredImage,
  directory: string,
  { limits }: UnpackOptions,
): Promise<string[]> {
  const names: string[] = [];
  makePrivateDirectory(layersParent(paths));
  let chain = "";
  for (const { layer, diffId, name } of wantedLayers(image)) {
    chain = chain === "" ? diffId : `sha256:${createHash("sha256").update(`${chain} ${diffId}`).digest("hex")}`;
    const chained = digestHex(chain, "chain id");
    if (hasLayer(paths, name) || hasLayer(paths, chained)) {
      names.push(hasLayer(paths, name) ? name : chained);
      continue;
    }
    const place = join(directory, chained);
    const parents = { directory: layersParent(paths), names: [...new Set(names.toReversed())] };
    const source = { blob: streamBlob(paths, layer), diffId, limits };
    const facts = await namingLayer(layer, () => makeUmociLayer(source, parents, place));
    placeLayer(paths, join(place, "upper"), chained, facts);
    names.push(chained);
  }
  return names;
}

function wantedLayers({ manifest, config }: StoredImage): Wanted[] {
  return manifest.layers.map((layer, index) => {
    const diffId = config.diffIds[index] ?? "";
    return { layer, diffId, name: digestHex(diffId, "rootfs.diff_ids") };
  });
}

/** Says which layer it was. */
export async function namingLayer<T>({ digest }: Descriptor, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MydockerError)) throw error;
    const { code, hint, exitCode } = error;
    const details = { code, exitCode, cause: error, ...(hint === undefined ? {} : { hint }) };
    throw new MydockerError(`layer ${digest.slice(0, "sha256:".length + 12)}: ${error.message}`, details);
  }
}
