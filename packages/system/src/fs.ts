/**
 * The part of node:fs that the tools use, over an addon in C. The build puts it in place of node:fs, which takes Bun 5 ms to
 * load: more than all the rest of most tools' work (docs/decisions.md). Sources import node:fs, so Node and vitest run them as they are.
 *
 * What is not on the way of every `run` is left to node:fs, loaded when it is called.
 */
import type * as real from "node:fs";
import { addon } from "./addon.ts";
import { constants, openFlags } from "./constants.ts";
import { Entry, Status } from "./status.ts";

export { constants };

type WriteOptions = { mode?: number; flag?: string };

export function openSync(path: string, flags: string | number = "r", mode = 0o666): number {
  return addon().open(path, openFlags(flags), mode);
}

export function closeSync(descriptor: number): void {
  addon().close(descriptor);
}

export function readFileSync(file: string | number, encoding?: "utf8"): string | Buffer {
  if (typeof file === "number") return readWhole(file, encoding);
  const descriptor = addon().open(file, constants.O_RDONLY, 0);
  try {
    return readWhole(descriptor, encoding);
  } finally {
    addon().close(descriptor);
  }
}

function readWhole(descriptor: number, encoding: "utf8" | undefined): string | Buffer {
  return encoding === undefined ? addon().readBytes(descriptor) : addon().readText(descriptor);
}

export function readSync(
  descriptor: number,
  bytes: Uint8Array,
  offset = 0,
  length = bytes.length - offset,
  position: number | null = null,
): number {
  return addon().read(descriptor, bytes.subarray(offset, offset + length), position ?? -1);
}

export function writeSync(descriptor: number, data: string | Uint8Array, offset = 0): number {
  return addon().write(descriptor, toBytes(data), offset);
}

export function writeFileSync(path: string, data: string | Uint8Array, options: WriteOptions = {}): void {
  const descriptor = openSync(path, options.flag ?? "w", options.mode);
  try {
    const bytes = toBytes(data);
    // One write even of nothing: a file of /proc acts on it.
    let written = addon().write(descriptor, bytes, 0);
    while (written < bytes.length) written += addon().write(descriptor, bytes, written);
  } finally {
    addon().close(descriptor);
  }
}

function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data, "utf8") : data;
}

export function fsyncSync(descriptor: number): void {
  addon().sync(descriptor);
}

export function fstatSync(descriptor: number): Status {
  return new Status(addon().status(descriptor));
}

export function statSync(path: string): Status {
  return new Status(addon().pathStatus(path, 1));
}

export function lstatSync(path: string): Status {
  return new Status(addon().pathStatus(path, 0));
}

export function existsSync(path: string): boolean {
  return addon().exists(path);
}

/** @returns the first directory that was made, where `recursive` is asked for and one was */
export function mkdirSync(path: string, options: { recursive?: boolean; mode?: number } = {}): string | undefined {
  const { recursive = false, mode = 0o777 } = options;
  // Almost always it is there.
  if (recursive) return addon().exists(path) && statSync(path).isDirectory() ? undefined : makeWithParents(path, mode);
  addon().makeDirectory(path, mode);
  return undefined;
}

function makeWithParents(path: string, mode: number): string | undefined {
  const parent = path.slice(0, path.lastIndexOf("/"));
  const first = parent === "" || addon().exists(parent) ? undefined : makeWithParents(parent, mode);
  try {
    addon().makeDirectory(path, mode);
    return first ?? path;
  } catch (error) {
    // Somebody else was quicker.
    if (hasCode(error, "EEXIST") && statSync(path).isDirectory()) return first;
    throw error;
  }
}

export function rmdirSync(path: string): void {
  addon().removeDirectory(path);
}

export function unlinkSync(path: string): void {
  addon().unlink(path);
}

export function rmSync(path: string, options: { recursive?: boolean; force?: boolean } = {}): void {
  const { recursive = false, force = false } = options;
  try {
    if (recursive) addon().removeTree(path);
    else addon().unlink(path);
  } catch (error) {
    if (!(force && hasCode(error, "ENOENT"))) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

export function renameSync(from: string, to: string): void {
  addon().rename(from, to);
}

export function linkSync(from: string, to: string): void {
  addon().link(from, to);
}

export function symlinkSync(target: string, path: string): void {
  addon().symbolicLink(target, path);
}

export function readlinkSync(path: string): string {
  return addon().readLink(path);
}

export function realpathSync(path: string): string {
  return addon().realPath(path);
}

export function readdirSync(path: string, options: { withFileTypes?: boolean } = {}): (string | Entry)[] {
  const found = addon().readDirectory(path);
  const entries: (string | Entry)[] = [];
  for (let index = 0; index < found.length; index += 2) {
    const name = String(found[index]);
    entries.push(options.withFileTypes === true ? new Entry(name, path, Number(found[index + 1])) : name);
  }
  return entries;
}

export const copyFileSync: typeof real.copyFileSync = (...args) => later().copyFileSync(...args);

function later(): typeof real {
  return process.getBuiltinModule("node:fs");
}
