import { readdirSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { removeTree } from "../release/remove-directory.ts";
import { type IndexEntry, readIndex } from "../store/image-index.ts";
import { layerDirectory, layerFactsFile } from "../store/layers.ts";
import {
  blobsDirectory,
  formerRootfsParent,
  layersParent,
  linksParent,
  stackFile,
  stacksParent,
  temporaryParent,
} from "../store/paths.ts";
import { listTemporaries, temporaryName } from "../store/temporary.ts";
import { forgetUnsettled } from "../store/unsettled.ts";
import { listRecords, neededBlobs, neededImages, neededLayers } from "./needed.ts";

export interface Swept {
  /** Digests, in hex, of images that were unpacked, whose layers are the next. */
  images: string[];
  /** Names of unpacked layers. */
  layers: string[];
  /** Images that were unpacked before layers were. */
  rootfs: string[];
  blobs: string[];
}

const NONE: Swept = { images: [], layers: [], rootfs: [], blobs: [] };

/** What no reference and no container needs. All is left alone while somebody may be fetching or unpacking an image that has it. */
export function findUnneeded(paths: HostPaths, entries: readonly IndexEntry[] = readIndex(paths)): Swept {
  if (listTemporaries(paths).some(({ kind, isLive }) => kind === "fetch" && isLive)) return NONE;
  const records = listRecords(paths);
  const needed = neededImages(entries, records);
  const former = neededImages([], records);
  const stacks = stackNames(paths);
  const layers = neededLayers(stacks.filter((hex) => needed.has(hex)).map((hex) => stackFile(paths, hex)));
  const blobs = neededBlobs(paths, entries);
  return {
    images: stacks.filter((hex) => !needed.has(hex)),
    layers: layers === undefined ? [] : hexNames(layersParent(paths)).filter((name) => !layers.has(name)),
    rootfs: hexNames(formerRootfsParent(paths)).filter((hex) => !former.has(hex)),
    blobs: blobs === undefined ? [] : hexNames(join(blobsDirectory(paths), "sha256")).filter((hex) => !blobs.has(hex)),
  };
}

/** Takes away what `findUnneeded` found. The caller holds the store's lock. */
export function sweepStore(paths: HostPaths): Swept {
  const found = findUnneeded(paths);
  makePrivateDirectory(temporaryParent(paths));
  const kept = found.images.filter((hex) => !removeStack(paths, hex));
  const needed = neededLayers(kept.map((hex) => stackFile(paths, hex)));
  const layers = needed === undefined ? [] : found.layers.filter((name) => !needed.has(name));
  for (const name of layers) removeLayer(paths, name);
  removeDanglingLinks(paths);
  const rootfs = found.rootfs.filter((hex) => removeAside(paths, join(formerRootfsParent(paths), hex)));
  for (const hex of found.blobs) rmSync(join(blobsDirectory(paths), "sha256", hex), { force: true });
  return { images: found.images.filter((hex) => !kept.includes(hex)), layers, rootfs, blobs: found.blobs };
}

/**
 * A container may be made of the image while we look: its record is there before it looks for the stack. So the stack is
 * renamed aside, the records are read again, and it goes back where one has come.
 */
function removeStack(paths: HostPaths, hex: string): boolean {
  const aside = temporaryName(paths);
  renameSync(stackFile(paths, hex), aside);
  if (neededImages([], listRecords(paths)).has(hex)) {
    renameSync(aside, stackFile(paths, hex));
    return false;
  }
  rmSync(aside, { force: true });
  return true;
}

/** The facts go last: a layer without them would be one that nothing is known of. */
function removeLayer(paths: HostPaths, name: string): void {
  removeAside(paths, layerDirectory(paths, name));
  rmSync(layerFactsFile(paths, name), { force: true });
  forgetUnsettled(paths, name, "all");
}

/** Gone at once for everybody else; what a kill leaves of it is a temporary of a process that has ended. */
function removeAside(paths: HostPaths, directory: string): boolean {
  const aside = temporaryName(paths);
  const isMoved = unlessErrno(["ENOENT"], () => {
    renameSync(directory, aside);
    return true;
  });
  if (isMoved === true) removeTree(aside);
  return isMoved === true;
}

function removeDanglingLinks(paths: HostPaths): void {
  const there = new Set(hexNames(layersParent(paths)));
  for (const link of names(linksParent(paths))) {
    const path = join(linksParent(paths), link);
    const target = unlessErrno(["ENOENT", "EINVAL"], () => readlinkSync(path));
    if (target === undefined || !there.has(basename(target))) rmSync(path, { force: true });
  }
}

function stackNames(paths: HostPaths): string[] {
  return names(stacksParent(paths)).flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? []);
}

/** Layers, and facts of layers that a kill has taken the layer from. */
function hexNames(directory: string): string[] {
  const found = names(directory).flatMap((name) => /^([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1] ?? []);
  return [...new Set(found)];
}

function names(directory: string): string[] {
  return unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? [];
}
