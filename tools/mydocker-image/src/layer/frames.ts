import type { ByteString, TarTime } from "../tar/header.ts";

/** Where two more chunks fit behind what makes a batch. */
const CAPACITY = 512 * 1024;
const LETTER = (letter: string): number => letter.charCodeAt(0);

/**
 * What the shim's role `unpack` reads (docs/shim.md): frames of a letter, a length (u32, little-endian) and so many bytes.
 *
 * Two buffers take turns, so that one is written while the other is filled: memory of one's own for each batch costs as much as
 * all the rest.
 */
export class Frames {
  #buffer = Buffer.allocUnsafe(CAPACITY);
  #other = Buffer.allocUnsafe(CAPACITY);
  #size = 0;

  /** Bytes that have been added since the last `take`. */
  get size(): number {
    return this.#size;
  }

  /** All frames since the last call. Good until the call after the next. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#size);
    [this.#buffer, this.#other] = [this.#other, this.#buffer];
    this.#size = 0;
    return bytes;
  }

  directory(path: ByteString): void {
    this.#begin("d", path.length);
    this.#text(path);
  }

  file(path: ByteString): void {
    this.#begin("f", path.length);
    this.#text(path);
  }

  /** Content of the file before. */
  data(bytes: Buffer): void {
    this.#begin("b", bytes.length);
    bytes.copy(this.#buffer, this.#size);
    this.#size += bytes.length;
  }

  link(path: ByteString, target: ByteString): void {
    this.#pair("l", target, path);
  }

  hardLink(path: ByteString, target: ByteString): void {
    this.#pair("h", target, path);
  }

  /** @param type S_IFCHR, S_IFBLK or S_IFIFO */
  node(path: ByteString, type: number, major: number, minor: number): void {
    this.#begin("n", 12 + path.length);
    this.#number(type);
    this.#number(major);
    this.#number(minor);
    this.#text(path);
  }

  whiteout(path: ByteString): void {
    this.#begin("w", path.length);
    this.#text(path);
  }

  opaque(path: ByteString): void {
    this.#begin("o", path.length);
    this.#text(path);
  }

  /** Of what was made last, once its content is complete. */
  meta(mode: number, uid: number, gid: number, time: TarTime): void {
    this.#begin("m", 24);
    this.#number(mode);
    this.#number(uid);
    this.#number(gid);
    this.#time(time);
  }

  /** Of what was made last, behind `meta`: a change of owner takes a file's capabilities away. */
  attribute(name: ByteString, value: ByteString): void {
    this.#pair("x", name, value);
  }

  /** Of a directory, once nothing more is made in it. */
  directoryTime(path: ByteString, time: TarTime): void {
    this.#begin("t", 12 + path.length);
    this.#time(time);
    this.#text(path);
  }

  end(): void {
    this.#begin("e", 0);
  }

  #begin(letter: string, length: number): void {
    this.#makeRoom(5 + length);
    this.#buffer[this.#size] = LETTER(letter);
    this.#size += 1;
    this.#number(length);
  }

  #makeRoom(length: number): void {
    if (this.#size + length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#size + length));
    this.#buffer.copy(larger, 0, 0, this.#size);
    this.#buffer = larger;
  }

  #number(value: number): void {
    this.#size = this.#buffer.writeUInt32LE(value, this.#size);
  }

  #text(text: ByteString): void {
    this.#size += this.#buffer.write(text, this.#size, "latin1");
  }

  /** The length of the first, the first, the second. */
  #pair(letter: string, first: ByteString, second: ByteString): void {
    this.#begin(letter, 4 + first.length + second.length);
    this.#number(first.length);
    this.#text(first);
    this.#text(second);
  }

  /** 64 bits, in two's complement. */
  #time({ seconds, nanoseconds }: TarTime): void {
    const high = Math.floor(seconds / 2 ** 32);
    this.#number(seconds - high * 2 ** 32);
    this.#number(high >>> 0);
    this.#number(nanoseconds);
  }
}
