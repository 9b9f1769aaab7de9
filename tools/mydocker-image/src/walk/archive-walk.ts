import { type ArchivedEntry, entryHeader, padding, TRAILER } from "../tar/writer.ts";
import type { Walked } from "./read-walk.ts";
import type { WalkedEntry } from "./walked-entry.ts";

/** Says what an archive is to have of what is walked. */
export interface Archivist {
  /** The last one's content follows, where it has one; what is not in it is left out, with its content. */
  archive(entry: WalkedEntry): ArchivedEntry[];
  /** What it has held back. */
  end(): ArchivedEntry[];
}

/** Enough that hashing and compressing it is worth a turn. */
const BATCH = 256 * 1024;

/** Writes what is walked as a tar archive, in pieces; content is never kept. */
export async function* archiveWalk(walked: AsyncIterable<Walked>, archivist: Archivist): AsyncGenerator<Buffer> {
  const batch = new Batch();
  /** Of the content that comes: whether it is wanted, and what follows it. */
  let isWanted = false;
  let behind: Buffer = Buffer.alloc(0);
  for await (const item of walked) {
    if (Buffer.isBuffer(item)) {
      if (!isWanted) continue;
      batch.add(item);
    } else {
      batch.add(behind);
      const entries = archivist.archive(item);
      for (const entry of entries) batch.add(entryHeader(entry));
      const last = entries.at(-1);
      isWanted = last?.kind === "file" && last.size > 0;
      behind = padding(isWanted ? (last?.size ?? 0) : 0);
    }
    if (batch.size >= BATCH) yield batch.take();
  }
  batch.add(behind);
  for (const entry of archivist.end()) batch.add(entryHeader(entry));
  batch.add(TRAILER);
  yield batch.take();
}

class Batch {
  #parts: Buffer[] = [];
  size = 0;

  add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.size += bytes.length;
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#parts, this.size);
    this.#parts = [];
    this.size = 0;
    return whole;
  }
}
