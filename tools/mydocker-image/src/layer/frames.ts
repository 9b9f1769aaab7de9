import type { ByteString, TarTime } from "../tar/header.ts";

/** What the shim's role `unpack` reads (docs/shim.md): frames of a letter, a length (u32, little-endian) and so many bytes. */
export class Frames {
  #parts: Buffer[] = [];
  #size = 0;

  /** Bytes that have been added since the last `take`. */
  get size(): number {
    return this.#size;
  }

  /** All frames since the last call. The bytes of data are copied here, and not before. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }

  directory(path: ByteString): void {
    this.#add("d", Buffer.from(path, "latin1"));
  }

  file(path: ByteString): void {
    this.#add("f", Buffer.from(path, "latin1"));
  }

  /** Content of the file before. */
  data(bytes: Buffer): void {
    this.#add("b", bytes);
  }

  link(path: ByteString, target: ByteString): void {
    this.#add("l", pair(target, path));
  }

  hardLink(path: ByteString, target: ByteString): void {
    this.#add("h", pair(target, path));
  }

  /** @param type S_IFCHR, S_IFBLK or S_IFIFO */
  node(path: ByteString, type: number, major: number, minor: number): void {
    const numbers = Buffer.alloc(12);
    numbers.writeUInt32LE(type, 0);
    numbers.writeUInt32LE(major, 4);
    numbers.writeUInt32LE(minor, 8);
    this.#add("n", Buffer.concat([numbers, Buffer.from(path, "latin1")]));
  }

  whiteout(path: ByteString): void {
    this.#add("w", Buffer.from(path, "latin1"));
  }

  opaque(path: ByteString): void {
    this.#add("o", Buffer.from(path, "latin1"));
  }

  /** Of what was made last, once its content is complete. */
  meta(mode: number, uid: number, gid: number, time: TarTime): void {
    const bytes = Buffer.alloc(24);
    bytes.writeUInt32LE(mode, 0);
    bytes.writeUInt32LE(uid, 4);
    bytes.writeUInt32LE(gid, 8);
    writeTime(bytes, 12, time);
    this.#add("m", bytes);
  }

  /** Of what was made last, behind `meta`: a change of owner takes a file's capabilities away. */
  attribute(name: ByteString, value: ByteString): void {
    this.#add("x", pair(name, value));
  }

  /** Of a directory, once nothing more is made in it. */
  directoryTime(path: ByteString, time: TarTime): void {
    const bytes = Buffer.alloc(12);
    writeTime(bytes, 0, time);
    this.#add("t", Buffer.concat([bytes, Buffer.from(path, "latin1")]));
  }

  end(): void {
    this.#add("e", Buffer.alloc(0));
  }

  #add(kind: string, payload: Buffer): void {
    const header = Buffer.allocUnsafe(5);
    header.write(kind, 0, "latin1");
    header.writeUInt32LE(payload.length, 1);
    this.#parts.push(header, payload);
    this.#size += 5 + payload.length;
  }
}

/** The length of the first, the first, the second. */
function pair(first: ByteString, second: ByteString): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(first.length, 0);
  return Buffer.concat([length, Buffer.from(first, "latin1"), Buffer.from(second, "latin1")]);
}

function writeTime(bytes: Buffer, offset: number, { seconds, nanoseconds }: TarTime): void {
  bytes.writeBigInt64LE(BigInt(seconds), offset);
  bytes.writeUInt32LE(nanoseconds, offset + 8);
}
