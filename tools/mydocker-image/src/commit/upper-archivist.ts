import { debug, MydockerError, warn } from "@mydocker/stage";
import type { ByteString } from "../tar/header.ts";
import { shown } from "../tar/reader.ts";
import type { ArchivedEntry } from "../tar/writer.ts";
import { EntryArchivist } from "../walk/archive-entry.ts";
import type { Archivist } from "../walk/archive-walk.ts";
import type { WalkedEntry } from "../walk/walked-entry.ts";
import { type Below, isSameOwned, isWhiteout, OPAQUE, Stubs } from "./upper-entry.ts";

/** Attributes by which overlayfs takes a file's content, or a directory, from elsewhere: no archive can say that. */
const ELSEWHERE = ["trusted.overlay.redirect", "trusted.overlay.metacopy"];

/** Decides what a layer says of a container's upper directory (image-spec layer.md). */
export class UpperArchivist implements Archivist {
  readonly #below: Below;
  readonly #entries = new EntryArchivist();
  readonly #stubs: Stubs;
  /** Entries that are in the layer. */
  count = 0;

  constructor(below: Below) {
    this.#below = below;
    this.#stubs = new Stubs(below);
  }

  archive(entry: WalkedEntry): ArchivedEntry[] {
    return this.#tellAll(this.#stubs.take(entry));
  }

  end(): ArchivedEntry[] {
    return this.#tellAll(this.#stubs.end());
  }

  #tellAll(entries: WalkedEntry[]): ArchivedEntry[] {
    const told = entries.flatMap((entry) => this.#tell(entry));
    this.count += told.length;
    return told;
  }

  #tell(entry: WalkedEntry): ArchivedEntry[] {
    const { path } = entry;
    if (isWhiteout(entry)) return this.#below.has(path) ? [mark(inDirectoryOf(path, `.wh.${nameOf(path)}`))] : [];
    if (ELSEWHERE.some((name) => entry.attributes.has(name))) throw takenFromElsewhere(path);
    if (nameOf(path).startsWith(".wh.")) return leaveOut(entry, "in a layer its name says that another file is gone");
    if (path === "." && this.#isRootUnchanged(entry)) return [];
    const archived = this.#entries.tell(entry);
    if (archived === undefined) {
      debug(`${shown(path)}: left out: it is a socket`);
      return [];
    }
    const isOpaque = entry.kind === "directory" && entry.attributes.get(OPAQUE) === "y";
    return isOpaque ? [archived, mark(path === "." ? ".wh..wh..opq" : `${path}/.wh..wh..opq`)] : [archived];
  }

  /** It is made with the container, and its time says no more than when that was. */
  #isRootUnchanged(root: WalkedEntry): boolean {
    return isSameOwned(root, this.#below.directory(".")) && !root.attributes.has(OPAQUE);
  }
}

/** An empty file whose name says all. */
function mark(name: ByteString): ArchivedEntry {
  return { name, kind: "file", mode: 0, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, size: 0 };
}

function leaveOut({ path, kind, inode }: WalkedEntry, why: string): [] {
  if (kind === "file" && inode !== undefined) {
    throw new MydockerError(`${shown(path)}: it cannot be left out, as it has another name (${why})`, {
      code: "BAD_UPPER",
      hint: "to remove it in the container",
    });
  }
  warn(`${shown(path)}: left out: ${why}`);
  return [];
}

function nameOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1);
}

function inDirectoryOf(path: ByteString, name: ByteString): ByteString {
  return path.slice(0, path.lastIndexOf("/") + 1) + name;
}

function takenFromElsewhere(path: ByteString): MydockerError {
  return new MydockerError(`${shown(path)}: overlayfs has moved it, or has its content elsewhere`, {
    code: "BAD_UPPER",
    hint: "overlay's parameters redirect_dir and metacopy off, and a new container",
  });
}
