import { lstatSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { layerDirectory, readLayerFacts } from "./layers.ts";
import type { Stack } from "./stack.ts";

/** One layer of an image, at rest. */
export interface TreeLayer {
  /** Its directory on the host. */
  directory: string;
  /** Whether it hides what lower layers have in one of its directories. */
  isOpaque(path: string): boolean;
}

/** The files of an image as a container sees them, without anything being mounted: its layers, topmost first. */
export type ImageTree = readonly TreeLayer[];

export function imageTree(paths: HostPaths, stack: Stack): ImageTree {
  return stack.layers.map((name) => {
    const directory = layerDirectory(paths, name);
    if (!stack.opaque.includes(name)) return { directory, isOpaque: () => false };
    let opaque: Set<string> | undefined;
    const isOpaque = (path: string): boolean => {
      opaque ??= new Set(readLayerFacts(paths, name).opaque);
      return opaque.has(path);
    };
    return { directory, isOpaque };
  });
}

/** A directory of the tree: the layers that have a part in it, topmost first, and its path in each. */
export interface TreeDirectory {
  layers: ImageTree;
  path: string;
}

export type Found = { kind: "directory"; directory: TreeDirectory } | { kind: "other"; path: string; isLink: boolean };

export function treeRoot(tree: ImageTree): TreeDirectory {
  const last = tree.findIndex((layer) => layer.isOpaque("."));
  return { layers: last === -1 ? tree : tree.slice(0, last + 1), path: "" };
}

/** What has that name in a directory, by the rules of overlayfs; undefined where there is nothing. */
export function lookUp({ layers, path }: TreeDirectory, name: string): Found | undefined {
  const inside = path === "" ? name : `${path}/${name}`;
  const merged: TreeLayer[] = [];
  for (const layer of layers) {
    const place = join(layer.directory, inside);
    const status = unlessErrno(["ENOENT", "ENOTDIR"], () => lstatSync(place));
    if (status === undefined) continue;
    if (status.isDirectory()) {
      merged.push(layer);
      if (layer.isOpaque(inside)) break;
      continue;
    }
    // A directory above hides what is no directory; a device 0:0 is a whiteout.
    if (merged.length > 0 || (status.isCharacterDevice() && status.rdev === 0)) break;
    return { kind: "other", path: place, isLink: status.isSymbolicLink() };
  }
  return merged.length === 0 ? undefined : { kind: "directory", directory: { layers: merged, path: inside } };
}
