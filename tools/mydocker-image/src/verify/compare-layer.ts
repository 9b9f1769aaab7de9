import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import type { ByteString } from "../tar/header.ts";
import type { ExpectedFile } from "./expected-files.ts";

const CHUNK = 512 * 1024;

/**
 * Compares an unpacked layer with what its archive says: kinds, owners, modes, sizes, contents, links, devices, and that
 * there is nothing else. Extended attributes and times are not looked at, nor names that are not UTF-8.
 *
 * @returns what differs, a line for each
 */
export function compareLayer(directory: string, files: ReadonlyMap<ByteString, ExpectedFile>): string[] {
  const problems: string[] = [];
  const known = new Set<string>([""]);
  // Where something is somewhere else, nobody can say what is too much.
  let isComplete = true;
  for (const [path, expected] of files) {
    const name = Buffer.from(path, "latin1").toString("utf8");
    if (Buffer.from(name, "utf8").toString("latin1") !== path) {
      isComplete = false;
      continue;
    }
    for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) known.add(name.slice(0, end));
    if (isBehindLink(files, path)) {
      isComplete = false;
      continue;
    }
    const problem = compare(directory, name, expected);
    if (problem !== undefined) problems.push(`${JSON.stringify(name)} ${problem}`);
  }
  return isComplete ? [...problems, ...strangers(directory, "", known)] : problems;
}

/** An entry that goes through a link of its own layer is somewhere else. */
function isBehindLink(files: ReadonlyMap<ByteString, ExpectedFile>, path: ByteString): boolean {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (files.get(path.slice(0, end))?.kind === "link") return true;
  }
  return false;
}

function compare(directory: string, name: string, expected: ExpectedFile): string | undefined {
  const path = join(directory, name);
  const status = unlessErrno(["ENOENT", "ENOTDIR"], () => lstatSync(path));
  if (status === undefined) return "is missing";
  if (expected.kind === "whiteout") {
    return status.isCharacterDevice() && status.rdev === 0 ? undefined : "is not a whiteout";
  }
  if (expected.kind === "hard-link") {
    const target = unlessErrno(["ENOENT"], () =>
      lstatSync(join(directory, Buffer.from(expected.target, "latin1").toString("utf8"))),
    );
    return target?.ino === status.ino ? undefined : "is not the same file as what it is linked to";
  }
  const kinds = {
    directory: status.isDirectory(),
    file: status.isFile(),
    link: status.isSymbolicLink(),
    character: status.isCharacterDevice(),
    block: status.isBlockDevice(),
    fifo: status.isFIFO(),
  };
  if (!kinds[expected.kind]) return `is no ${expected.kind}`;
  if (status.uid !== expected.uid || status.gid !== expected.gid) return "has another owner";
  if (expected.kind === "link") return isTarget(path, expected.content) ? undefined : "is a link to something else";
  if ((status.mode & 0o7777) !== expected.mode) return "has another mode";
  if (expected.kind !== "file") return undefined;
  if (status.size !== expected.size) return "has another size";
  return hashFile(path) === expected.content ? undefined : "has another content";
}

function isTarget(path: string, target: ByteString): boolean {
  return readlinkSync(path) === Buffer.from(target, "latin1").toString("utf8");
}

function hashFile(path: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK);
  const file = openSync(path, "r");
  try {
    for (;;) {
      const length = readSync(file, buffer, 0, CHUNK, null);
      if (length === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

/** What is there, and no entry tells of. */
function strangers(directory: string, below: string, known: ReadonlySet<string>): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (!known.has(name)) return [`${JSON.stringify(name)} is in no archive`];
    return entry.isDirectory() ? strangers(directory, name, known) : [];
  });
}
