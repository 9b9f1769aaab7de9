import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { hasBytes } from "../commit/below.ts";
import { isWhiteout, OPAQUE, Stubs } from "../commit/upper-entry.ts";
import { type ImageTree, lookUp, type TreeDirectory, treeRoot } from "../store/image-tree.ts";
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
  const stubs = new Stubs((path) => hasBytes(tree, path));
  const entries: WalkedEntry[] = [];
  for await (const item of walkDirectory({ directory: upper }, { content: false })) {
    if (!Buffer.isBuffer(item)) entries.push(...stubs.take(item));
  }
  const upperNames = new Set(entries.map(({ path }) => path));
  const changes = new Map<ByteString, FileChange>();
  for (const entry of entries.filter(({ path }) => path !== ".")) {
    const change = changeOf(tree, entry, stubs.parents.has(entry.path));
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

function changeOf(tree: ImageTree, entry: WalkedEntry, hasStub: boolean): FileChange["change"] | undefined {
  const isBelow = hasBytes(tree, entry.path);
  if (isWhiteout(entry)) return isBelow ? "removed" : undefined;
  if (!isBelow) return "added";
  return entry.kind === "directory" && isSameDirectory(tree, entry, hasStub) ? undefined : "changed";
}

/** It is in the upper because something below it is; the size of a directory says nothing. */
function isSameDirectory(tree: ImageTree, entry: WalkedEntry, hasStub: boolean): boolean {
  const [top] = directoryAt(tree, entry.path)?.layers ?? [];
  if (top === undefined || entry.attributes.get(OPAQUE) === "y") return false;
  const status = lstatSync(join(top.directory, textOf(entry.path)));
  const isOwn = (status.mode & 0o7777) !== entry.mode || status.uid !== entry.uid || status.gid !== entry.gid;
  return !isOwn && (hasStub || Math.floor(status.mtimeMs / 1000) === entry.mtime.seconds);
}

function addParents(changes: Map<ByteString, FileChange>, path: ByteString): void {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const parent = path.slice(0, slash);
    if (!changes.has(parent)) changes.set(parent, { change: "changed", path: parent, size: 0 });
  }
}

/** What the image has in a directory. */
function namesBelow(tree: ImageTree, path: ByteString): ByteString[] {
  const directory = directoryAt(tree, path);
  if (directory === undefined) return [];
  const listed = directory.layers.flatMap(
    (layer) => unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(join(layer.directory, directory.path))) ?? [],
  );
  const there = [...new Set(listed)].filter((name) => lookUp(directory, name) !== undefined);
  return there.map((name) => `${path}/${Buffer.from(name, "utf8").toString("latin1")}`);
}

function directoryAt(tree: ImageTree, path: ByteString): TreeDirectory | undefined {
  let directory = treeRoot(tree);
  for (const part of textOf(path).split("/")) {
    const found = lookUp(directory, part);
    if (found?.kind !== "directory") return undefined;
    directory = found.directory;
  }
  return directory;
}

function textOf(path: ByteString): string {
  return Buffer.from(path, "latin1").toString("utf8");
}
