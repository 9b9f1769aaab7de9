import type { ByteString } from "../tar/header.ts";
import type { WalkedEntry } from "../walk/walked-entry.ts";

export const OPAQUE = "trusted.overlay.opaque";

/** What lower layers have there is gone (overlayfs.rst). */
export function isWhiteout({ kind, major, minor }: WalkedEntry): boolean {
  return kind === "character" && major === 0 && minor === 0;
}

/**
 * What every container has something mounted on. Where the image has nothing there the runtime makes it, an empty file or directory,
 * which is no change of the container's. docker has a layer of its own for these, which neither `diff` nor `commit` looks at.
 */
const MOUNTED = new Set([
  "dev",
  "proc",
  "sys",
  "etc/hosts",
  "etc/hostname",
  "etc/resolv.conf",
  "sbin/mydocker-init-reaper",
]);

/** What is below the upper, as far as it says what has changed. */
export interface Below {
  /** Whether the image has something there. */
  has(path: ByteString): boolean;
  /** What is known of a directory of the image; undefined where it has none there. "." is its root. */
  directory(path: ByteString): (Owned & { seconds: number }) | undefined;
}

export interface Owned {
  mode: number;
  uid: number;
  gid: number;
}

/** Owner and mode. */
export function isSameOwned(a: Owned, b: Owned | undefined): boolean {
  return a.mode === b?.mode && a.uid === b.uid && a.gid === b.gid;
}

/** Takes what the runtime made to mount on out of a walk, and directories that are there for its sake alone. */
export class Stubs {
  readonly #below: Below;
  /** Directories of which what comes next says whether they are told of: each is in the one before. */
  #waiting: WalkedEntry[] = [];
  /** Directories that had a stub in them: their times say nothing. */
  readonly #parents = new Set<ByteString>();

  constructor(below: Below) {
    this.#below = below;
  }

  /** @returns what is to be told of, in order */
  take(entry: WalkedEntry): WalkedEntry[] {
    const told = this.#leave(entry.path);
    if (this.#isStub(entry)) this.#parents.add(parentOf(entry.path));
    else if (entry.kind !== "directory") return [...told, ...this.#waiting.splice(0), entry];
    if (entry.kind === "directory") this.#waiting.push(entry);
    return told;
  }

  /** @returns what is left when all has been taken */
  end(): WalkedEntry[] {
    return this.#leave(undefined);
  }

  /** Directories that the next path is not in are complete. */
  #leave(path: ByteString | undefined): WalkedEntry[] {
    const told: WalkedEntry[] = [];
    for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
      if (path !== undefined && (last.path === "." || path.startsWith(`${last.path}/`))) break;
      this.#waiting.pop();
      if (!this.#isNoChange(last)) told.push(...this.#waiting.splice(0), last);
    }
    return told;
  }

  #isNoChange(directory: WalkedEntry): boolean {
    if (this.#isStub(directory)) return true;
    return this.#parents.has(directory.path) && isSameOwned(directory, this.#below.directory(directory.path));
  }

  #isStub({ path, kind, size, inode }: WalkedEntry): boolean {
    if (!MOUNTED.has(path) || this.#below.has(path)) return false;
    return kind === "directory" || (kind === "file" && size === 0 && inode === undefined);
  }
}

function parentOf(path: ByteString): ByteString {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".";
}
