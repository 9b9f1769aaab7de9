import { parseWalkedEntry, type WalkedEntry } from "./walked-entry.ts";

/** An entry, or a piece of the content of the one before. */
export type Walked = WalkedEntry | Buffer;

const HEADER = 5;

/**
 * Reads the frames of the shim's role `walk` as they come, in pieces of any size (docs/shim.md).
 *
 * @throws where they end before their end
 */
export async function* readWalk(source: AsyncIterable<Buffer>): AsyncGenerator<Walked> {
  let entry: WalkedEntry | undefined;
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of content that are still to come. */
  let content = 0;
  for await (const chunk of source) {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (content > 0) {
        const piece = bytes.subarray(0, content);
        if (piece.length > 0) yield piece;
        content -= piece.length;
        bytes = bytes.subarray(piece.length);
      }
      if (content > 0 || bytes.length < HEADER) break;
      const kind = String.fromCharCode(bytes[0] ?? 0);
      const length = bytes.readUInt32LE(1);
      if (kind !== "b" && bytes.length < HEADER + length) break;
      const frame = bytes.subarray(HEADER, HEADER + length);
      bytes = bytes.subarray(kind === "b" ? HEADER : HEADER + length);
      if (kind === "x") {
        addAttribute(entry, frame);
        continue;
      }
      // Its attributes are complete.
      if (entry !== undefined) yield entry;
      entry = kind === "n" ? parseWalkedEntry(frame) : undefined;
      if (kind === "b") content = length;
      else if (kind === "e") return;
      else if (kind !== "n") throw new Error(`walk: a frame of the unknown kind ${JSON.stringify(kind)}`);
    }
    rest = bytes;
  }
  throw new Error("walk: it ends too early");
}

function addAttribute(entry: WalkedEntry | undefined, frame: Buffer): void {
  const length = frame.readUInt32LE(0);
  entry?.attributes.set(frame.toString("latin1", 4, 4 + length), frame.toString("latin1", 4 + length));
}
