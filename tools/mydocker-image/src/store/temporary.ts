import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, identifyProcess, isAlive, makePrivateDirectory } from "@mydocker/state";
import { nanoid } from "nanoid/non-secure";
import { removeWhenInterrupted } from "./interruption.ts";
import { temporaryParent } from "./paths.ts";

/** While there is a `fetch`, blobs that no reference needs yet may be about to get one. */
export type TemporaryKind = "fetch" | "work";

/**
 * Makes a directory for work in progress, on the store's file system, so that what is ready is moved into place by one
 * rename. Its name says which process works in it: once that process is gone, `gc` knows it for garbage.
 */
export function makeTemporaryDirectory(paths: HostPaths, kind: TemporaryKind = "work"): string {
  makePrivateDirectory(temporaryParent(paths));
  const directory = temporaryName(paths, kind);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

/** A name in the temporary directory that nothing has yet: what is renamed to it is garbage from then on. */
export function temporaryName(paths: HostPaths, kind: TemporaryKind = "work"): string {
  const start = identifyProcess(process.pid)?.start ?? 0;
  return join(temporaryParent(paths), `${kind}-${process.pid}-${start}-${nanoid(8)}`);
}

/** Runs `work` with a temporary directory, which is gone afterwards, however that ends. */
export async function withTemporaryDirectory<T>(
  paths: HostPaths,
  work: (directory: string) => Promise<T>,
  kind: TemporaryKind = "work",
): Promise<T> {
  const directory = makeTemporaryDirectory(paths, kind);
  const forget = removeWhenInterrupted(directory);
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
    forget();
  }
}

/** What is in the temporary directory, by whether somebody still works on it. */
export function listTemporaries(paths: HostPaths): { path: string; kind: string; isLive: boolean }[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(temporaryParent(paths))) ?? [];
  return names.map((name) => ({
    path: join(temporaryParent(paths), name),
    kind: name.split("-", 1)[0] ?? "",
    isLive: isOwnerAlive(name),
  }));
}

function isOwnerAlive(name: string): boolean {
  const match = /^[a-z]+-(\d+)-(\d+)-/.exec(name);
  return match !== null && isAlive({ pid: Number(match[1]), start: Number(match[2]) });
}
