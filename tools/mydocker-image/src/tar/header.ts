import { MydockerError } from "@mydocker/stage";

/** Names and values are bytes, not always UTF-8: a string here has a character for each byte (latin1). */
export type ByteString = string;

export interface TarTime {
  seconds: number;
  nanoseconds: number;
}

/** A header block of 512 bytes, as it stands: no extension applied, nothing judged. */
export interface RawHeader {
  name: ByteString;
  linkName: ByteString;
  /** The type's letter; "0" where it is a NUL byte. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
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
 * Reads a header: ustar, GNU's, or the one before both.
 *
 * @throws MydockerError `BAD_LAYER`
 */
export function parseHeader(block: Buffer): RawHeader {
  checkSum(block);
  const magic = block.toString("latin1", 257, 263);
  // GNU's header has times where ustar has the first part of a long name.
  const prefix = magic === "ustar\0" ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  const letter = block.toString("latin1", 156, 157);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: text(block, 157, 100),
    type: letter === "\0" ? "0" : letter,
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    mtime: { seconds: number(block, 136, 12), nanoseconds: 0 },
    major: number(block, 329, 8),
    minor: number(block, 337, 8),
  };
}

/** The sum of all bytes, with blanks in place of the sum itself; some have taken the bytes as signed. */
function checkSum(block: Buffer): void {
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let index = 0; index < BLOCK; index += 1) {
    if (index >= 148 && index < 156) continue;
    const byte = block[index] ?? 0;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  const expected = number(block, 148, 8);
  if (expected !== unsigned && expected !== signed)
    throw badLayer("a header's checksum is wrong: it is not a tar archive");
}

function text(block: Buffer, offset: number, length: number): ByteString {
  const end = block.indexOf(0, offset);
  return block.toString("latin1", offset, end === -1 || end > offset + length ? offset + length : end);
}

/** Octal digits, or, where the first bit is set, a number in two's complement (GNU's base 256). */
function number(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return binary(block.subarray(offset, offset + length));
  const digits = text(block, offset, length).trim();
  if (digits === "") return 0;
  if (!/^[0-7]+$/.test(digits)) throw badLayer("a header's number is not octal");
  return Number.parseInt(digits, 8);
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

/** A layer that is not what a layer has to be. */
export function badLayer(why: string, hint?: string): MydockerError {
  const details = { code: "BAD_LAYER" };
  return new MydockerError(why, hint === undefined ? details : { ...details, hint });
}
