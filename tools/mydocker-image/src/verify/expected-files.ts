import { createHash, type Hash } from "node:crypto";
import { entryPath, meaningOf } from "../layer/entry-path.ts";
import type { ByteString } from "../tar/header.ts";
import type { TarEntry, TarSink } from "../tar/reader.ts";

/** What an archive says that there is at a path of its unpacked layer. */
export type ExpectedFile =
  | { kind: "whiteout" }
  | { kind: "hard-link"; target: ByteString }
  | {
      kind: "directory" | "file" | "link" | "character" | "block" | "fifo";
      mode: number;
      uid: number;
      gid: number;
      size: number;
      /** A link's target, or the sha256 of a file's content. */
      content: string;
      major: number;
      minor: number;
    };

/** Collects what a layer consists of in the end: an entry replaces what an earlier one has put there. */
export class ExpectedFiles implements TarSink {
  readonly files = new Map<ByteString, ExpectedFile>();
  #current: { path: ByteString; entry: TarEntry; hash: Hash | undefined } | undefined;

  entry(entry: TarEntry): void {
    const path = entryPath(entry.name);
    const meaning = meaningOf(path);
    this.#current = undefined;
    if (meaning.kind === "whiteout" && !this.files.has(meaning.path))
      this.files.set(meaning.path, { kind: "whiteout" });
    if (meaning.kind !== "plain") return;
    this.#makeRoom(path, entry);
    this.#current = { path, entry, hash: entry.kind === "file" ? createHash("sha256") : undefined };
  }

  data(bytes: Buffer): void {
    this.#current?.hash?.update(bytes);
  }

  done(): void {
    if (this.#current === undefined) return;
    const { path, entry, hash } = this.#current;
    if (entry.kind === "hard-link") {
      this.files.set(path, { kind: "hard-link", target: entryPath(entry.linkName) });
      return;
    }
    const { kind, uid, gid, size, major, minor, linkName } = entry;
    const content = kind === "link" ? linkName : (hash?.digest("hex") ?? "");
    this.files.set(path, { kind, mode: entry.mode & 0o7777, uid, gid, size, content, major, minor });
  }

  /** Where there was a directory and is none any more, what was in it has gone, too. */
  #makeRoom(path: ByteString, entry: TarEntry): void {
    if (entry.kind === "directory" || this.files.get(path)?.kind !== "directory") return;
    for (const other of this.files.keys()) if (other.startsWith(`${path}/`)) this.files.delete(other);
  }
}
