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

/** Takes what the runtime made to mount on out of a walk. */
export class Stubs {
  readonly #isBelow: (path: ByteString) => boolean;
  /** A directory that may be one; what comes next says whether something is in it. */
  #waiting: WalkedEntry | undefined;
  /** Directories that had one in them: their times say nothing. */
  readonly parents = new Set<ByteString>();

  /** @param isBelow whether the image has something there */
  constructor(isBelow: (path: ByteString) => boolean) {
    this.#isBelow = isBelow;
  }

  /** @returns what is to be told of, in order */
  take(entry: WalkedEntry): WalkedEntry[] {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const before = waiting !== undefined && entry.path.startsWith(`${waiting.path}/`) ? [waiting] : [];
    if (!this.#isStub(entry)) return [...before, entry];
    this.parents.add(entry.path.includes("/") ? entry.path.slice(0, entry.path.lastIndexOf("/")) : ".");
    if (entry.kind === "directory") this.#waiting = entry;
    return before;
  }

  #isStub({ path, kind, size, inode }: WalkedEntry): boolean {
    if (!MOUNTED.has(path) || this.#isBelow(path)) return false;
    return kind === "directory" || (kind === "file" && size === 0 && inode === undefined);
  }
}
