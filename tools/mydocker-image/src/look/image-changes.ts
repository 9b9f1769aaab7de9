import { createHash } from "node:crypto";
import { closeSync, constants, readSync } from "node:fs";
import type { HostPaths } from "@mydocker/state";
import { layerDirectory } from "../store/layers.ts";
import type { Stack } from "../store/stack.ts";
import type { ByteString } from "../tar/header.ts";
import { isKeptAttribute } from "../walk/archive-entry.ts";
import { walkDirectory } from "../walk/walk-directory.ts";
import type { WalkedEntry } from "../walk/walked-entry.ts";
import type { FileChange } from "./layer-changes.ts";
import { type MergedEntry, mergeLayers, type WalkedLayer } from "./merged-layers.ts";

const CHUNK = 512 * 1024;

/** What an unpacked image adds, changes and removes against another one, in the order of paths. Times are not looked at. */
export async function imageChanges(paths: HostPaths, from: Stack, to: Stack): Promise<FileChange[]> {
  const layers = new Map<string, WalkedLayer>();
  for (const name of new Set([...from.layers, ...to.layers])) layers.set(name, await walkLayer(paths, name));
  const merge = (stack: Stack) => mergeLayers(stack.layers.toReversed().flatMap((name) => layers.get(name) ?? []));
  const [before, after] = [merge(from), merge(to)];
  const changes: FileChange[] = [];
  for (const [path, entry] of after) {
    const was = before.get(path);
    if (was === undefined) changes.push(tell("added", path, entry));
    else if (!isSame(paths, was, entry)) changes.push(tell("changed", path, entry));
  }
  for (const [path, entry] of before) if (!after.has(path)) changes.push(tell("removed", path, entry));
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walkLayer(paths: HostPaths, name: string): Promise<WalkedLayer> {
  const entries = new Map<ByteString, WalkedEntry>();
  for await (const item of walkDirectory({ directory: layerDirectory(paths, name) }, { content: false })) {
    if (!Buffer.isBuffer(item)) entries.set(item.path, item);
  }
  return { name, entries };
}

function tell(change: FileChange["change"], path: ByteString, { entry }: MergedEntry): FileChange {
  return { change, path: Buffer.from(path, "latin1").toString("utf8"), size: entry.size };
}

function isSame(paths: HostPaths, was: MergedEntry, is: MergedEntry): boolean {
  if (was.layer === is.layer) return true;
  const [a, b] = [was.entry, is.entry];
  return describe(a) === describe(b) && (a.kind !== "file" || a.size === 0 || hash(paths, was) === hash(paths, is));
}

/** All of it but its content and its times. */
function describe({ kind, mode, uid, gid, size, major, minor, target, attributes }: WalkedEntry): string {
  const kept = [...attributes].filter(([name]) => isKeptAttribute(name)).sort();
  return JSON.stringify([kind, mode, uid, gid, size, major, minor, target, kept]);
}

/** Layers are at rest, and their owner's alone. packages/system opens names that are text, and a name here need not be. */
function hash(paths: HostPaths, { entry, layer }: MergedEntry): string {
  const path = Buffer.concat([Buffer.from(`${layerDirectory(paths, layer)}/`), Buffer.from(entry.path, "latin1")]);
  const file = process
    .getBuiltinModule("node:fs")
    .openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const sum = createHash("sha256");
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer)) {
      sum.update(buffer.subarray(0, length));
    }
    return sum.digest("hex");
  } finally {
    closeSync(file);
  }
}
