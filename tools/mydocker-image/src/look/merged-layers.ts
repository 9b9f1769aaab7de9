import type { ByteString } from "../tar/header.ts";
import type { WalkedEntry } from "../walk/walked-entry.ts";

/** A layer that has been walked. */
export interface WalkedLayer {
  /** Its name below `layers/`. */
  name: string;
  entries: ReadonlyMap<ByteString, WalkedEntry>;
}

/** What is at a path of an image, and in which of its layers. */
export interface MergedEntry {
  entry: WalkedEntry;
  layer: string;
}

const OPAQUE = "trusted.overlay.opaque";

/** An image's files by the rules of overlayfs. @param layers lowest first */
export function mergeLayers(layers: readonly WalkedLayer[]): Map<ByteString, MergedEntry> {
  const merged = new Map<ByteString, MergedEntry>();
  for (const { name, entries } of layers) {
    const replaced = [...entries.values()].filter((entry) => replaces(entry)).map(({ path }) => path);
    removeBelow(merged, new Set(replaced));
    for (const entry of entries.values()) {
      if (entry.kind === "character" && entry.major === 0 && entry.minor === 0) merged.delete(entry.path);
      else merged.set(entry.path, { entry, layer: name });
    }
  }
  return merged;
}

/** Whether nothing of what lower layers have below its path is seen. */
function replaces({ kind, attributes }: WalkedEntry): boolean {
  return kind !== "directory" || attributes.get(OPAQUE) === "y";
}

function removeBelow(merged: Map<ByteString, MergedEntry>, paths: ReadonlySet<ByteString>): void {
  if (paths.size === 0) return;
  if (paths.has(".")) merged.clear();
  for (const path of merged.keys()) {
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      if (!paths.has(path.slice(0, slash))) continue;
      merged.delete(path);
      break;
    }
  }
}
