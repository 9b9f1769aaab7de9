import { host } from "./host.ts";

type Encoding = "utf8" | "utf-8" | "hex" | "latin1";

/** Without the static functions of Uint8Array: Buffer's own `from` takes other things. */
const Bytes = Uint8Array as unknown as {
  new (size: number): Uint8Array<ArrayBuffer>;
  new (buffer: ArrayBuffer, offset?: number, length?: number): Uint8Array<ArrayBuffer>;
};

/** The part of Node's Buffer that the verbs in a hurry use. */
export class SmallBuffer extends Bytes {
  static from(source: string | ArrayLike<number> | ArrayBuffer, encoding: Encoding | unknown = "utf8"): SmallBuffer {
    if (typeof source === "string") return encode(source, encoding as Encoding);
    if (source instanceof ArrayBuffer) return new SmallBuffer(source);
    const copy = new SmallBuffer(source.length);
    copy.set(source);
    return copy;
  }

  static alloc(size: number): SmallBuffer {
    return new SmallBuffer(size);
  }

  static concat(parts: readonly Uint8Array[]): SmallBuffer {
    const whole = new SmallBuffer(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  static byteLength(text: string | Uint8Array): number {
    return typeof text === "string" ? encode(text, "utf8").length : text.length;
  }

  override toString(encoding: Encoding = "utf8", start = 0, end = this.length): string {
    const bytes = start === 0 && end === this.length ? this : this.subarray(start, end);
    if (encoding === "hex") return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (encoding === "latin1") return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    return host.decode(bytes);
  }

  write(text: string, offset = 0, encoding: Encoding = "utf8"): number {
    const bytes = encode(text, encoding).subarray(0, this.length - offset);
    this.set(bytes, offset);
    return bytes.length;
  }

  equals(other: Uint8Array): boolean {
    return this.length === other.length && this.every((byte, index) => byte === other[index]);
  }

  readUInt8(offset: number): number {
    return this.#view().getUint8(offset);
  }

  writeUInt8(value: number, offset: number): number {
    this.#view().setUint8(offset, value);
    return offset + 1;
  }

  writeUInt16LE(value: number, offset: number): number {
    this.#view().setUint16(offset, value, true);
    return offset + 2;
  }

  writeUInt32LE(value: number, offset: number): number {
    this.#view().setUint32(offset, value, true);
    return offset + 4;
  }

  writeBigUInt64LE(value: bigint, offset: number): number {
    // As Node: DataView would take what is left of a number that does not fit.
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new RangeError(`${value} does not fit into 64 bits`);
    this.#view().setBigUint64(offset, value, true);
    return offset + 8;
  }

  #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.length);
  }
}

/** The same bytes, nothing is copied. */
export function bufferOf(bytes: Uint8Array): SmallBuffer {
  return new SmallBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}

function encode(text: string, encoding: Encoding): SmallBuffer {
  if (encoding === "hex")
    return SmallBuffer.from((text.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16)));
  if (encoding === "latin1") return SmallBuffer.from(Array.from(text, (letter) => letter.charCodeAt(0) & 0xff));
  // Half a surrogate pair has no bytes of its own in UTF-8.
  return bufferOf(host.encode(text.isWellFormed() ? text : text.toWellFormed()));
}
