import { existsSync } from "node:fs";
import { join } from "node:path";
import { type HostPaths, readJsonIfExists } from "@mydocker/state";
import { stackFile } from "./paths.ts";
import { suspectLayers } from "./unsettled.ts";

/** The layers that an image's rootfs is: written when all are unpacked, so that it is all a container needs to look at. */
export interface Stack {
  /** Names below `layers/`, topmost first, each once. */
  layers: string[];
  /** What an overlay is mounted of, in the same order: paths from the store's root, short where there are several. */
  lower: string[];
  /** Those of `layers` that have opaque directories. */
  opaque: string[];
  /** One layer, which hides nothing: its directory is what a container sees. */
  isPlain: boolean;
  /** Bytes of all files of all layers. */
  size: number;
  /** Digests of layers that are no longer there as they came, on purpose (`--keep-blobs=false`). */
  discarded?: string[];
}

/**
 * @param manifestHex of the image
 * @returns undefined where it is not unpacked, or not all of it any more
 */
export function readStack(paths: HostPaths, manifestHex: string): Stack | undefined {
  const stack = readJsonIfExists(stackFile(paths, manifestHex)) as Partial<Stack> | undefined;
  const { layers, lower, opaque, isPlain, size, discarded } = stack ?? {};
  if (layers === undefined || lower === undefined || opaque === undefined) return undefined;
  if (isPlain === undefined || size === undefined) return undefined;
  const found = { layers, lower, opaque, isPlain, size, ...(discarded === undefined ? {} : { discarded }) };
  if (!lowerDirectories(paths, found).every((path) => existsSync(path))) return undefined;
  const suspect = suspectLayers(paths);
  return suspect.size > 0 && layers.some((name) => suspect.has(name)) ? undefined : found;
}

/** What an overlay is mounted of: absolute paths, topmost first. */
export function lowerDirectories(paths: HostPaths, { lower }: Stack): string[] {
  return lower.map((path) => join(paths.root, path));
}
