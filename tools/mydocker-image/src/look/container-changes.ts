import { readdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { belowUpper } from "../commit/below.ts";
import { type Below, isSameOwned, isWhiteout, OPAQUE, Stubs } from "../commit/upper-entry.ts";
import { directoryAt } from "../store/has-path.ts";
import { type ImageTree, lookUp } from "../store/image-tree.ts";
import type { ByteString } from "../tar/header.ts";
import { walkDirectory } from "../walk/walk-directory.ts";
import type { WalkedEntry } from "../walk/walked-entry.ts";
import type { FileChange } from "./layer-changes.ts";

/**
 * What a container has changed of its image: as docker has it, a directory in which something has changed has changed, too, and of what
 * was removed the topmost alone is told. In the order of paths.
 *
 * @param upper its overlay's upper directory; it may be running
 */
export async function containerChanges(tree: ImageTree, upper: string): Promise<FileChange[]> {
  const below = belowUpper(tree);
  const stubs = new Stubs(below);
  const entries: WalkedEntry[] = [];
  for await (const item of walkDirectory({ directory: upper }, { content: false })) {
    if (!Buffer.isBuffer(item)) entries.push(...stubs.take(item));
  }
  entries.push(...stubs.end());
  const upperNames = new Set(entries.map(({ path }) => path));
  const changes = new Map<ByteString, FileChange>();
  for (const entry of entries.filter(({ path }) => path !== ".")) {
    const change = changeOf(below, entry);
    if (change === undefined) continue;
    changes.set(entry.path, { change, path: entry.path, size: entry.size });
    addParents(changes, entry.path);
    if (change !== "changed" || entry.attributes.get(OPAQUE) !== "y") continue;
    for (const path of namesBelow(tree, entry.path).filter((name) => !upperNames.has(name))) {
      changes.set(path, { change: "removed", path, size: 0 });
    }
  }
  return [...changes.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((change) => ({ ...change, path: Buffer.from(change.path, "latin1").toString("utf8") }));
}

function changeOf(below: Below, entry: WalkedEntry): FileChange["change"] | undefined {
  const isBelow = below.has(entry.path);
  if (isWhiteout(entry)) return isBelow ? "removed" : undefined;
  if (!isBelow) return "added";
  return entry.kind === "directory" && isSameDirectory(below, entry) ? undefined : "changed";
}

/** It is in the upper because something below it is; the size of a directory says nothing. */
function isSameDirectory(below: Below, entry: WalkedEntry): boolean {
  const was = below.directory(entry.path);
  return isSameOwned(entry, was) && entry.mtime.seconds === was?.seconds && entry.attributes.get(OPAQUE) !== "y";
}

function addParents(changes: Map<ByteString, FileChange>, path: ByteString): void {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const parent = path.slice(0, slash);
    if (!changes.has(parent)) changes.set(parent, { change: "changed", path: parent, size: 0 });
  }
}

/** What the image has in a directory. */
function namesBelow(tree: ImageTree, path: ByteString): ByteString[] {
  const directory = directoryAt(tree, Buffer.from(path, "latin1").toString("utf8"));
  if (directory === undefined) return [];
  const listed = directory.layers.flatMap(
    (layer) => unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(join(layer.directory, directory.path))) ?? [],
  );
  const there = [...new Set(listed)].filter((name) => lookUp(directory, name) !== undefined);
  return there.map((name) => `${path}/${Buffer.from(name, "utf8").toString("latin1")}`);
}
