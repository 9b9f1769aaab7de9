import { readSync } from "node:fs";
import { parseEntry } from "./entry.ts";

const BLOCK = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Where in a log the last `count` lines of output begin. Reads from the end, and only as much as it needs.
 *
 * @param descriptor the log, open for reading
 * @param size its length
 * @returns a byte offset at which an entry begins
 */
export function tailOffset(descriptor: number, size: number, count: number): number {
  if (count === 0) return size;
  let begun = 0;
  let offset = size;
  for (const line of linesFromEnd(descriptor, size)) {
    const entry = parseEntry(line.content);
    // A full entry ends a line of output; so does the very last entry, for nothing follows it.
    if (entry !== undefined && (entry.full || offset === size)) begun += 1;
    if (begun > count) return offset;
    offset = line.offset;
  }
  return 0;
}

interface PlacedLine {
  offset: number;
  content: Buffer;
}

/** The lines of a file, last first. */
function* linesFromEnd(descriptor: number, size: number): Generator<PlacedLine> {
  let position = size;
  let data: Buffer = Buffer.alloc(0);
  let isEnd = true;
  while (position > 0) {
    const length = Math.min(BLOCK, position);
    position -= length;
    data = Buffer.concat([readBlock(descriptor, position, length), data]);
    // The newline at the very end closes the last line, it does not begin another.
    let end = isEnd && data.at(-1) === NEWLINE ? data.length - 1 : data.length;
    isEnd = false;
    for (let newline = lastNewline(data, end); newline !== -1; newline = lastNewline(data, end)) {
      yield { offset: position + newline + 1, content: data.subarray(newline + 1, end) };
      end = newline;
    }
    data = data.subarray(0, end);
  }
  if (size > 0) yield { offset: 0, content: data };
}

function lastNewline(data: Buffer, end: number): number {
  return end === 0 ? -1 : data.lastIndexOf(NEWLINE, end - 1);
}

function readBlock(descriptor: number, position: number, length: number): Buffer {
  const block = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const read = readSync(descriptor, block, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return block.subarray(0, done);
}
