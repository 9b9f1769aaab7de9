import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { hasPath } from "../store/has-path.ts";
import { type ImageTree, imageTree } from "../store/image-tree.ts";
import { readLayerFacts } from "../store/layers.ts";
import type { Stack } from "../store/stack.ts";

export interface LayerChanges {
  /** Its name below `layers/`. */
  layer: string;
  /** Bytes of its files. */
  size: number;
  added: number;
  changed: number;
  removed: number;
  /** Bytes of files that an upper layer replaces or takes away: they are fetched, and nobody sees them. */
  hidden: number;
  /** The largest first; only where they are asked for. */
  files?: FileChange[];
}

export interface FileChange {
  change: "added" | "changed" | "removed";
  path: string;
  size: number;
}

/** What each layer of an unpacked image does, lowest first. */
export function layerChanges(paths: HostPaths, stack: Stack, withFiles: boolean): LayerChanges[] {
  const tree = imageTree(paths, stack);
  return stack.layers
    .map((layer, index) => {
      const own = tree[index];
      const files = own === undefined ? [] : changesOf(own.directory, tree.slice(index + 1));
      const count = (change: FileChange["change"]): number => files.filter((file) => file.change === change).length;
      const above = tree.slice(0, index);
      return {
        layer,
        size: readLayerFacts(paths, layer).size,
        added: count("added"),
        changed: count("changed"),
        removed: count("removed"),
        hidden: files.filter(({ path }) => isHidden(above, path)).reduce((sum, { size }) => sum + size, 0),
        ...(withFiles ? { files: files.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1)) } : {}),
      };
    })
    .reverse();
}

/** All but directories, in the layer's own directory. */
function changesOf(root: string, below: ImageTree, inside = ""): FileChange[] {
  return readdirSync(join(root, inside), { withFileTypes: true }).flatMap((entry): FileChange[] => {
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) return changesOf(root, below, path);
    const status = lstatSync(join(root, path));
    const was = hasPath(below, path);
    const isWhiteout = status.isCharacterDevice() && status.rdev === 0;
    if (isWhiteout) return was ? [{ change: "removed", path, size: 0 }] : [];
    return [{ change: was ? "changed" : "added", path, size: status.isFile() ? status.size : 0 }];
  });
}

/** Whether a layer above has something else there, or takes a directory on the way to it away. */
function isHidden(above: ImageTree, path: string): boolean {
  const parts = path.split("/");
  return above.some((layer) => {
    if (layer.isOpaque(".")) return true;
    for (let length = 1; length <= parts.length; length += 1) {
      const place = parts.slice(0, length).join("/");
      const status = unlessErrno(["ENOENT", "ENOTDIR"], () => lstatSync(join(layer.directory, place)));
      if (status === undefined) return false;
      if (!status.isDirectory()) return true;
      if (length < parts.length && layer.isOpaque(place)) return true;
    }
    return false;
  });
}
