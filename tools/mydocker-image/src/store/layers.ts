import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, systemError } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory, readJsonIfExists, writeFileAtomic } from "@mydocker/state";
import { layersParent } from "./paths.ts";

/** What is known of an unpacked layer, so that nobody has to walk it. */
export interface LayerFacts {
  /** Bytes of its files, as docker counts an image's size. */
  size: number;
  entries: number;
  /** How many names hide what lower layers have there. */
  whiteouts: number;
  /** Directories that hide all that lower layers have in them. */
  opaque: string[];
  /** Directories that the archive did not tell of: where a lower layer has them, their owner and mode are that layer's. */
  implicit: string[];
}

const NOTHING: LayerFacts = { size: 0, entries: 0, whiteouts: 0, opaque: [], implicit: [] };

/** An unpacked layer, in overlayfs' form. There complete, or not at all. */
export function layerDirectory(paths: HostPaths, name: string): string {
  return join(layersParent(paths), name);
}

export function layerFactsFile(paths: HostPaths, name: string): string {
  return `${layerDirectory(paths, name)}.json`;
}

export function hasLayer(paths: HostPaths, name: string): boolean {
  return existsSync(layerDirectory(paths, name));
}

export function readLayerFacts(paths: HostPaths, name: string): LayerFacts {
  return { ...NOTHING, ...(readJsonIfExists(layerFactsFile(paths, name)) as Partial<LayerFacts> | undefined) };
}

/**
 * Lets a layer that was made beside appear. Of two who made the same one, one wins, and the other's is thrown away with its
 * temporary directory.
 */
export function placeLayer(paths: HostPaths, made: string, name: string, facts: LayerFacts): void {
  makePrivateDirectory(layersParent(paths));
  const target = layerDirectory(paths, name);
  // First, so that whoever sees the layer can read them.
  writeFileAtomic(layerFactsFile(paths, name), `${JSON.stringify(facts)}\n`, { durable: true });
  try {
    renameSync(made, target);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw systemError(`unpack to ${target}`, error);
  }
}
