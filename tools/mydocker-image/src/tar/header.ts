import { badLayer } from "./bad-layer.ts";

/** Names and values are bytes, not always UTF-8: a string here has a character for each byte (latin1). */
export type ByteString = string;

export interface TarTime {
  seconds: number;
  nanoseconds: number;
}

/** A header block of 512 bytes, as it stands: no extension applied, nothing judged. */
export interface RawHeader {
  /** As the archive has it: it may be absolute, or lead anywhere. */
  name: ByteString;
  linkName: ByteString;
  /** The type's letter; "0" where it is a NUL byte. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes that follow. */
  size: number;
  mtime: TarTime;
  major: number;
  minor: number;
}

export const BLOCK = 512;

/** Whether a block is one of the two that end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/**
 * Reads a header: ustar, GNU's, or the one before both. There are tens of thousands in an image, and no compiler at hand for most
 * of them: what is not there is not looked for, and loops are short.
 *
 * @throws MydockerError `BAD_LAYER`
 */
export function parseHeader(block: Buffer): RawHeader {
  const all = block.toString("latin1", 0, BLOCK);
  checkSum(block, number(all, block, 148, 8));
  const name = text(all, 0, 100);
  const letter = all[156] ?? "\0";
  const isDevice = letter === "3" || letter === "4";
  return {
    name: all[345] === "\0" || !all.startsWith("ustar\0", 257) ? name : `${text(all, 345, 155)}/${name}`,
    linkName: all[157] === "\0" ? "" : text(all, 157, 100),
    type: letter === "\0" ? "0" : letter,
    mode: number(all, block, 100, 8),
    uid: number(all, block, 108, 8),
    gid: number(all, block, 116, 8),
    size: number(all, block, 124, 12),
    mtime: { seconds: number(all, block, 136, 12), nanoseconds: 0 },
    major: isDevice ? number(all, block, 329, 8) : 0,
    minor: isDevice ? number(all, block, 337, 8) : 0,
  };
}

const aligned = Buffer.alloc(BLOCK);
const words = new Int32Array(aligned.buffer, aligned.byteOffset, BLOCK / 4);

/** The sum of all bytes, with blanks in place of the sum itself; some have taken the bytes as signed. */
function checkSum(block: Buffer, expected: number): void {
  block.copy(aligned, 0, 0, BLOCK);
  aligned.fill(0x20, 148, 156);
  // Two sums of 16 bits in one: 128 times two bytes are less than 65536.
  let even = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? 0;
    even += (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff);
  }
  const unsigned = (even & 0xffff) + (even >>> 16);
  if (expected === unsigned) return;
  const signed = aligned.reduce((sum, byte) => sum + (byte < 128 ? byte : byte - 256), 0);
  if (expected !== signed) throw badLayer("a header's checksum is wrong: it is not a tar archive");
}

/** Up to the first NUL byte. */
function text(all: ByteString, offset: number, length: number): ByteString {
  const end = all.indexOf("\0", offset);
  return all.slice(offset, end === -1 || end > offset + length ? offset + length : end);
}

/** Octal digits, or, where the first bit is set, a number in two's complement (GNU's base 256). */
function number(all: ByteString, block: Buffer, offset: number, length: number): number {
  if ((all.charCodeAt(offset) & 0x80) !== 0) return binary(block.subarray(offset, offset + length));
  const digits = text(all, offset, length).trim();
  if (digits === "") return 0;
  const value = Number.parseInt(digits, 8);
  // Not a digit, or none behind the first ones.
  if (Number.isNaN(value) || /[^0-7]/.test(digits))
    throw badLayer("a header's number is not octal: it is not a tar archive");
  return value;
}

function binary(bytes: Buffer): number {
  const isNegative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let value = BigInt(isNegative ? -1 : 0);
  for (const [index, byte] of bytes.entries()) {
    const bits = index === 0 && !isNegative ? byte & 0x7f : byte;
    value = (value << 8n) | BigInt(bits);
  }
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw badLayer("a header's number is too large");
  return result;
}
