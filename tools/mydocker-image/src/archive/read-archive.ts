import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join, posix } from "node:path";
import { MydockerError, systemError } from "@mydocker/stage";
import { decompress } from "../layer/decompress.ts";
import { entryPath } from "../layer/entry-path.ts";
import { DOCUMENT_LIMIT } from "../store/read-blob.ts";
import { badLayer } from "../tar/bad-layer.ts";
import { type TarEntry, TarReader, type TarSink } from "../tar/reader.ts";

/** A file of an archive, under a name of ours. */
export interface ArchiveFile {
  path: string;
  size: number;
  digest: string;
}

/** More than any archive of images has, and less than what would fill memory with names. */
const ENTRY_LIMIT = 100_000;
const MAXIMUM_LINKS = 10;

/** An archive's files, in a temporary directory, none of which has a name that the archive chose. */
export class Archive {
  readonly #files: ReadonlyMap<string, ArchiveFile>;
  readonly #links: ReadonlyMap<string, string>;

  constructor(files: ReadonlyMap<string, ArchiveFile>, links: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#links = links;
  }

  /** Links are looked up in the archive alone: docker's old ones name a layer that two images have. */
  find(path: string): ArchiveFile | undefined {
    let name = path;
    for (let count = 0; count < MAXIMUM_LINKS; count += 1) {
      const file = this.#files.get(name);
      if (file !== undefined) return file;
      const target = this.#links.get(name);
      if (target === undefined) return undefined;
      name = entryPath(posix.join(posix.dirname(name), target));
    }
    return undefined;
  }

  /** @throws MydockerError where there is none, or none that is a document */
  document(path: string): Buffer {
    const file = this.find(path);
    if (file === undefined) throw new MydockerError(`the archive has no ${path}`, { code: "BAD_ARCHIVE" });
    if (file.size > DOCUMENT_LIMIT)
      throw new MydockerError(`the archive's ${path}: more than ${DOCUMENT_LIMIT} bytes`, { code: "BAD_ARCHIVE" });
    return readFileSync(file.path);
  }
}

/** Reads an archive, compressed or not, into a temporary directory. */
export async function readArchive(source: AsyncIterable<Buffer>, directory: string): Promise<Archive> {
  const sink = new FileSink(directory);
  const reader = new TarReader(sink);
  try {
    for await (const chunk of decompress(source)) reader.push(chunk);
    reader.end();
  } finally {
    sink.close();
  }
  return new Archive(sink.files, sink.links);
}

class FileSink implements TarSink {
  readonly files = new Map<string, ArchiveFile>();
  readonly links = new Map<string, string>();
  readonly #directory: string;
  #open: { name: string; file: number; size: number; hash: Hash; path: string } | undefined;
  #count = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  entry(entry: TarEntry): void {
    this.#count += 1;
    if (this.#count > ENTRY_LIMIT) throw badLayer(`the archive has more than ${ENTRY_LIMIT} entries`);
    const name = entryPath(entry.name);
    if (entry.kind === "link") this.links.set(name, entry.linkName);
    // A hard link's name is taken from the root.
    else if (entry.kind === "hard-link")
      this.links.set(name, posix.relative(posix.dirname(name), entryPath(entry.linkName)));
    if (entry.kind !== "file") return;
    const path = join(this.#directory, `file-${this.#count}`);
    this.#open = { name, file: openSync(path, "wx", 0o600), size: 0, hash: createHash("sha256"), path };
  }

  data(bytes: Buffer): void {
    const open = this.#open;
    if (open === undefined) return;
    open.hash.update(bytes);
    open.size += bytes.length;
    try {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(open.file, bytes, offset);
    } catch (error) {
      throw systemError("write what is in the archive", error, "make room: mydocker-image gc");
    }
  }

  done(): void {
    const open = this.#open;
    this.close();
    if (open === undefined) return;
    this.files.set(open.name, { path: open.path, size: open.size, digest: `sha256:${open.hash.digest("hex")}` });
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.file);
    this.#open = undefined;
  }
}
