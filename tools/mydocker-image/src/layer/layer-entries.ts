import { badLayer } from "../tar/bad-layer.ts";
import type { ByteString, TarTime } from "../tar/header.ts";
import { shown, type TarEntry, type TarSink } from "../tar/reader.ts";
import { entryPath, meaningOf } from "./entry-path.ts";
import type { Frames } from "./frames.ts";
import type { LayerLimits } from "./limits.ts";

const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFIFO = 0o010000;
const ATTRIBUTE_LIMIT = 64 * 1024;
/** (uid_t) -1 means "leave it". */
const ID_LIMIT = 2 ** 32 - 2;

/**
 * Judges a layer's entries, and says in frames what is to be made of them in overlayfs' form. Decides all of it, and does
 * nothing: where it is made, no name or link leads out anyway.
 */
export class LayerEntries implements TarSink {
  readonly #frames: Frames;
  readonly #limits: LayerLimits;
  #current: TarEntry | undefined;
  /** Directories that the archive tells of; their times are set last. */
  readonly directories = new Map<ByteString, TarTime>();
  entries = 0;
  /** Bytes of all files, as docker counts an image's size. */
  size = 0;
  /** Names that hide what lower layers have there. */
  whiteouts = 0;
  /** Attributes that were left out. */
  dropped = 0;

  constructor(frames: Frames, limits: LayerLimits) {
    this.#frames = frames;
    this.#limits = limits;
  }

  entry(entry: TarEntry): void {
    this.entries += 1;
    this.size += entry.size;
    if (this.entries > this.#limits.entries) throw tooMuch(`more than ${this.#limits.entries} entries`, "entries");
    if (this.size > this.#limits.size) throw tooMuch(`its files have more than ${this.#limits.size} bytes`, "size");
    const path = entryPath(entry.name);
    const meaning = meaningOf(path);
    this.#current = undefined;
    if (meaning.kind === "whiteout") {
      this.whiteouts += 1;
      this.#frames.whiteout(meaning.path);
    } else if (meaning.kind === "opaque") this.#frames.opaque(meaning.path);
    else if (meaning.kind === "plain") this.#make(path, entry);
  }

  data(bytes: Buffer): void {
    if (this.#current?.kind === "file") this.#frames.data(bytes);
  }

  done(): void {
    const entry = this.#current;
    this.#current = undefined;
    // A hard link is its file, which has its own already.
    if (entry === undefined || entry.kind === "hard-link") return;
    this.#frames.meta(entry.mode & 0o7777, checkId(entry, entry.uid), checkId(entry, entry.gid), entry.mtime);
    for (const [name, value] of entry.attributes) this.#attribute(entry, name, value);
  }

  /** Once the archive has ended. */
  finish(): void {
    for (const [path, time] of this.directories) this.#frames.directoryTime(path, time);
    this.#frames.end();
  }

  #make(path: ByteString, entry: TarEntry): void {
    const { kind, major, minor } = entry;
    if (path === "." && kind !== "directory")
      throw badLayer(`${shown(entry.name)}: the root of a layer is a directory`);
    this.#current = entry;
    if (kind === "directory") {
      this.directories.set(path, entry.mtime);
      this.#frames.directory(path);
      return;
    }
    this.directories.delete(path);
    if (kind === "file") this.#frames.file(path);
    else if (kind === "link") this.#frames.link(path, linkTarget(entry));
    else if (kind === "hard-link") this.#frames.hardLink(path, entryPath(entry.linkName));
    else if (kind === "fifo") this.#frames.node(path, S_IFIFO, 0, 0);
    else this.#frames.node(path, kind === "block" ? S_IFBLK : S_IFCHR, ...checkDevice(entry, major, minor));
  }

  /** What overlayfs keeps for itself would take effect when the layer is mounted: a redirect to any directory, say. */
  #attribute(entry: TarEntry, name: ByteString, value: ByteString): void {
    if (/^(?:trusted|user)\.overlay\./.test(name)) {
      this.dropped += 1;
      return;
    }
    if (name === "" || name.length > 255 || name.includes("\0") || value.length > ATTRIBUTE_LIMIT) {
      throw badLayer(`${shown(entry.name)}: an extended attribute that no file system takes`);
    }
    this.#frames.attribute(name, value);
  }
}

function linkTarget({ name, linkName }: TarEntry): ByteString {
  if (linkName !== "" && linkName.length < 4096 && !linkName.includes("\0")) return linkName;
  throw badLayer(`${shown(name)}: a symbolic link that no file system takes`);
}

function checkDevice({ name, kind }: TarEntry, major: number, minor: number): [number, number] {
  // In an overlay's layer this is a whiteout, which has a name of its own in an archive.
  if (kind === "character" && major === 0 && minor === 0) throw badLayer(`${shown(name)}: a device 0:0`);
  if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff)
    throw badLayer(`${shown(name)}: no such device number`);
  return [major, minor];
}

function checkId({ name }: TarEntry, id: number): number {
  if (id >= 0 && id <= ID_LIMIT) return id;
  throw badLayer(`${shown(name)}: an owner that no file system takes`);
}

function tooMuch(what: string, limit: string): Error {
  return badLayer(what, `--limit ${limit}=N, if you trust the image`);
}
