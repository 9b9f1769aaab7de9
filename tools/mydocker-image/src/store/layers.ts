import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, systemError, unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory, readJsonIfExists, writeFileAtomic } from "@mydocker/state";
import { layersParent, temporaryParent } from "./paths.ts";
import { temporaryName } from "./temporary.ts";
import { forgetUnsettled, markUnsettled, suspectLayers } from "./unsettled.ts";

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

/** One that a power cut may have damaged is as good as none. */
export function hasLayer(paths: HostPaths, name: string): boolean {
  return existsSync(layerDirectory(paths, name)) && !suspectLayers(paths).has(name);
}

export function readLayerFacts(paths: HostPaths, name: string): LayerFacts {
  return { ...NOTHING, ...(readJsonIfExists(layerFactsFile(paths, name)) as Partial<LayerFacts> | undefined) };
}

/**
 * Lets a layer that was made beside appear. Of two who made the same one, one wins, and the other's is thrown away with its
 * temporary directory.
 *
 * @param isOnDisk false: whoever calls has it settled later
 */
export function placeLayer(paths: HostPaths, made: string, name: string, facts: LayerFacts, isOnDisk = true): void {
  makePrivateDirectory(layersParent(paths));
  const target = layerDirectory(paths, name);
  if (suspectLayers(paths).has(name)) removeSuspect(paths, target);
  // First, so that whoever sees the layer can read them.
  writeFileAtomic(layerFactsFile(paths, name), `${JSON.stringify(facts)}\n`, { durable: isOnDisk });
  if (!isOnDisk) markUnsettled(paths, name);
  try {
    renameSync(made, target);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw systemError(`unpack to ${target}`, error);
  }
  forgetUnsettled(paths, name, "suspect");
}

/** Gone at once for everybody else. */
function removeSuspect(paths: HostPaths, directory: string): void {
  const aside = temporaryName(paths);
  makePrivateDirectory(temporaryParent(paths));
  unlessErrno(["ENOENT"], () => renameSync(directory, aside));
  rmSync(aside, { recursive: true, force: true });
}
