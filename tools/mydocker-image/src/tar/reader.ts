import { badLayer } from "./bad-layer.ts";
import { BLOCK, type ByteString, isZeroBlock, parseHeader, type RawHeader } from "./header.ts";
import { type PaxRecords, parsePax } from "./pax.ts";

/** One thing in an archive, with all that extensions say of it. */
export interface TarEntry extends Omit<RawHeader, "type"> {
  kind: TarKind;
  attributes: ReadonlyMap<ByteString, ByteString>;
}

export type TarKind = "file" | "hard-link" | "link" | "character" | "block" | "directory" | "fifo";

export interface TarSink {
  entry(entry: TarEntry): void;
  /** A part of the content of the entry before; not kept by the reader, nor to be kept by the sink. */
  data(bytes: Buffer): void;
  /** The entry is complete. */
  done(): void;
}

const KINDS: Record<string, TarKind> = {
  "0": "file",
  "1": "hard-link",
  "2": "link",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
};

/** Go's archive/tar, which docker and podman read layers with, takes no larger one (CVE-2025-58183: 200 MB). */
const EXTENSION_LIMIT = 1024 * 1024;

const NO_ATTRIBUTES: ReadonlyMap<ByteString, ByteString> = new Map();

/**
 * Reads a tar archive as it comes, in pieces of any size. Nothing of an entry's content is ever kept.
 *
 * Not an npm library: tar skips devices, and tar-stream takes extended attributes for UTF-8, which file capabilities are not.
 */
export class TarReader {
  readonly #sink: TarSink;
  /** The beginning of a header block, and how much of it there is. */
  readonly #block = Buffer.alloc(BLOCK);
  #blockSize = 0;
  #state: "header" | "content" | "extension" | "padding" | "ended" = "header";
  /** Bytes of the content, extension or padding that are still to come. */
  #left = 0;
  #padding = 0;
  #extensionType = "";
  #extension: Buffer[] = [];
  #pax: PaxRecords | undefined;
  #longName: ByteString | undefined;
  #longLink: ByteString | undefined;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    for (let offset = 0; offset < chunk.length && this.#state !== "ended"; ) {
      offset += this.#state === "header" ? this.#header(chunk, offset) : this.#body(chunk, offset);
    }
  }

  /** @throws MydockerError where the archive ends in the middle of something; the two blocks at its end may be missing */
  end(): void {
    const isComplete = this.#state === "ended" || (this.#state === "header" && this.#blockSize === 0);
    if (!isComplete) throw badLayer("the archive ends too early");
  }

  /** @returns how many bytes were used */
  #header(chunk: Buffer, offset: number): number {
    if (this.#blockSize === 0 && chunk.length - offset >= BLOCK) {
      this.#take(chunk.subarray(offset, offset + BLOCK));
      return BLOCK;
    }
    const used = chunk.copy(this.#block, this.#blockSize, offset, offset + BLOCK - this.#blockSize);
    this.#blockSize += used;
    if (this.#blockSize === BLOCK) {
      this.#blockSize = 0;
      this.#take(this.#block);
    }
    return used;
  }

  #take(block: Buffer): void {
    if (block[0] === 0 && isZeroBlock(block)) this.#state = "ended";
    else this.#begin(parseHeader(block));
  }

  #begin(header: RawHeader): void {
    if (header.size < 0) throw badLayer("an entry's size is negative");
    if ("xgLK".includes(header.type)) {
      if (header.size > EXTENSION_LIMIT)
        throw badLayer(`an extended header has ${header.size} bytes, more than ${EXTENSION_LIMIT}`);
      this.#extensionType = header.type;
      this.#extension = [];
      this.#expect("extension", header.size);
      return;
    }
    const entry = this.#complete(header);
    this.#sink.entry(entry);
    this.#expect("content", entry.size);
  }

  #complete(header: RawHeader): TarEntry {
    const pax = this.#pax;
    const name = pax?.path ?? this.#longName ?? header.name;
    const linkName = pax?.linkPath ?? this.#longLink ?? header.linkName;
    this.#pax = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    if (header.type === "S" || pax?.isSparse === true)
      throw badLayer(`${shown(name)}: sparse files in layers are not supported`);
    const known = KINDS[header.type];
    if (known === undefined)
      throw badLayer(`${shown(name)}: an entry of the unknown type ${JSON.stringify(header.type)}`);
    // Before ustar a directory was a file whose name ends so.
    const kind = known === "file" && name.endsWith("/") ? "directory" : known;
    return {
      name,
      linkName,
      kind,
      mode: header.mode,
      uid: pax?.uid ?? header.uid,
      gid: pax?.gid ?? header.gid,
      size: kind === "file" ? (pax?.size ?? header.size) : 0,
      mtime: pax?.mtime ?? header.mtime,
      major: header.major,
      minor: header.minor,
      attributes: pax?.attributes ?? NO_ATTRIBUTES,
    };
  }

  #expect(state: "content" | "extension", size: number): void {
    this.#state = state;
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.#finish();
  }

  /** @returns how many bytes were used */
  #body(chunk: Buffer, offset: number): number {
    const used = Math.min(chunk.length - offset, this.#left);
    if (this.#state === "content") this.#sink.data(chunk.subarray(offset, offset + used));
    else if (this.#state === "extension") this.#extension.push(Buffer.from(chunk.subarray(offset, offset + used)));
    this.#left -= used;
    if (this.#left === 0) this.#finish();
    return used;
  }

  #finish(): void {
    const state = this.#state;
    this.#left = this.#padding;
    this.#padding = 0;
    this.#state = this.#left === 0 ? "header" : "padding";
    if (state === "content") this.#sink.done();
    else if (state === "extension") this.#extend(Buffer.concat(this.#extension));
  }

  /** A global header says nothing here, as in docker. */
  #extend(data: Buffer): void {
    const end = data.indexOf(0);
    const line = data.toString("latin1", 0, end === -1 ? data.length : end);
    if (this.#extensionType === "x") this.#pax = parsePax(data);
    else if (this.#extensionType === "L") this.#longName = line;
    else if (this.#extensionType === "K") this.#longLink = line;
  }
}

/** A name for a message. */
export function shown(name: ByteString): string {
  const text = Buffer.from(name, "latin1").toString("utf8");
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
