import { join } from "node:path";
import { errnoOf, MydockerError } from "@mydocker/stage";
import { type HostPaths, withLock } from "@mydocker/state";
import { makeLayer } from "../layer/make-layer.ts";
import type { UnpackOptions } from "../layer/unpack-options.ts";
import { digestHex } from "../reference/digest.ts";
import type { Reference } from "../reference/reference.ts";
import { RegistryClient } from "../registry/client.ts";
import { fetchManifest } from "../registry/fetch-manifest.ts";
import { type Place, pullPlaces } from "../registry/places.ts";
import { readRegistriesConf } from "../registry/read-registries-conf.ts";
import { type Descriptor, parseManifest } from "../store/documents.ts";
import { inParallel } from "../store/in-parallel.ts";
import { hasLayer, placeLayer } from "../store/layers.ts";
import { fetchLock } from "../store/paths.ts";
import { DOCUMENT_LIMIT, hasBlob, readImage } from "../store/read-blob.ts";
import { storeDocument } from "../store/store-document.ts";
import { streamBlob } from "../store/stream-blob.ts";
import { namingLayer } from "../store/unpack-layers.ts";
import { type BlobFetch, fetchBlob, shortDigest } from "./fetch-blob.ts";
import type { Platform } from "./platform.ts";
import { counted, type Progress } from "./progress.ts";

export interface FetchOptions {
  tlsVerify?: boolean;
  timeout: number;
  platform?: Platform;
  unpacking: UnpackOptions;
  /** false: a layer that is unpacked is all there has to be. */
  keepBlobs?: boolean;
  progress: Progress;
}

/** More connections are not faster, and some registries refuse them. */
const AT_ONCE = 6;

/**
 * Fetches what the store has not of an image, and unpacks its layers as they come. Where a mirror fails, what it has sent is kept, and
 * the next place is asked for the rest.
 *
 * @param directory a temporary one of the kind `fetch`: as long as it is there, nobody takes away what has no reference yet
 * @returns its manifest's descriptor
 */
export async function fetchImage(
  paths: HostPaths,
  reference: Reference,
  directory: string,
  options: FetchOptions,
): Promise<Descriptor> {
  const places = pullPlaces(reference, readRegistriesConf());
  for (const place of places.filter(({ isMirror }) => isMirror)) {
    try {
      return await fetchFrom(place, paths, directory, options);
    } catch (error) {
      if (!(error instanceof MydockerError) || errnoOf(error) === "ENOSPC") throw error;
      options.progress.warn(`mirror ${place.reference.registry}: ${error.message}`);
    }
  }
  const [place = { reference, isMirror: false }] = places.filter(({ isMirror }) => !isMirror);
  return fetchFrom(place, paths, directory, options);
}

async function fetchFrom(
  place: Place,
  paths: HostPaths,
  directory: string,
  options: FetchOptions,
): Promise<Descriptor> {
  const { progress, unpacking } = options;
  const client = new RegistryClient(place, options);
  const { descriptor, bytes } = await fetchManifest(client, options.platform);
  const manifest = parseManifest(bytes.toString("utf8"), `manifest ${descriptor.digest}`);
  const fetch: BlobFetch = { paths, client, directory };
  await fetchConfig(fetch, manifest.config);
  // In the store only now: a manifest is what makes the rest an image.
  storeDocument(paths, directory, descriptor.digest, bytes);
  const image = readImage(paths, descriptor.digest);
  const layers = image.manifest.layers.map((layer, index) => ({ layer, diffId: image.config.diffIds[index] }));
  const wanted = layers.filter(
    ({ layer }, index) => manifest.layers.findIndex(({ digest }) => digest === layer.digest) === index,
  );
  await inParallel(wanted, AT_ONCE, async ({ layer, diffId }) => {
    // umoci needs a layer's parents; the others are unpacked as they come. Which counts are wrong, is said later.
    const unpack = unpacking.driver === "overlay" ? diffId : undefined;
    if (isThere(paths, layer, unpack, options)) sayItIsThere(progress, layer);
    else
      await withLock(fetchLock(paths, digestHex(layer.digest, "blob")), () =>
        fetchLayer(fetch, layer, unpack, options),
      );
  });
  return descriptor;
}

function isThere(
  paths: HostPaths,
  layer: Descriptor,
  diffId: string | undefined,
  { keepBlobs }: Pick<FetchOptions, "keepBlobs">,
): boolean {
  const isUnpacked = diffId !== undefined && hasLayer(paths, digestHex(diffId, "rootfs.diff_ids"));
  if (keepBlobs === false && isUnpacked) return true;
  return hasBlob(paths, layer) && (diffId === undefined || isUnpacked);
}

async function fetchConfig(fetch: BlobFetch, config: Descriptor): Promise<void> {
  if (config.size > DOCUMENT_LIMIT) {
    const why = `${config.size} bytes, where at most ${DOCUMENT_LIMIT} are expected`;
    throw new MydockerError(`config ${config.digest}: ${why}`, { code: "BAD_IMAGE" });
  }
  if (hasBlob(fetch.paths, config)) return;
  for await (const _ of fetchBlob(fetch, config));
}

/** Whoever held the lock before may have done it. */
async function fetchLayer(
  fetch: BlobFetch,
  layer: Descriptor,
  diffId: string | undefined,
  options: FetchOptions,
): Promise<void> {
  const { paths } = fetch;
  const { unpacking, progress } = options;
  if (isThere(paths, layer, diffId, options)) {
    sayItIsThere(progress, layer);
    return;
  }
  const isFetched = hasBlob(paths, layer);
  const part = progress.begin(shortDigest(layer), isFetched ? "Unpacking" : "Downloading", layer.size);
  const blob = isFetched ? counted(streamBlob(paths, layer), part) : fetchBlob(fetch, layer, part);
  try {
    await namingLayer(layer, () => takeLayer(fetch, blob, diffId, unpacking));
  } catch (error) {
    progress.drop(part);
    throw error;
  }
  part.end(`done in ${part.seconds.toFixed(1)} s`, "done");
}

function sayItIsThere(progress: Progress, layer: Descriptor): void {
  const id = shortDigest(layer);
  progress.line(`${id}: already there`, { event: "end", id, status: "exists", total: layer.size });
}

/** Takes a blob as it comes, and unpacks it where that is wanted and has not been done. */
async function takeLayer(
  { paths, directory }: BlobFetch,
  blob: AsyncIterable<Buffer>,
  diffId: string | undefined,
  { limits, landlock }: UnpackOptions,
): Promise<void> {
  const hex = diffId === undefined ? undefined : digestHex(diffId, "layer");
  if (diffId !== undefined && hex !== undefined && !hasLayer(paths, hex)) {
    const made = join(directory, hex);
    const facts = await makeLayer({ blob, diffId, limits }, made, landlock);
    // A decompressor may have had enough before the end, which is where the digest is checked.
    for await (const _ of blob);
    placeLayer(paths, made, hex, facts, false);
  } else {
    for await (const _ of blob);
  }
}
