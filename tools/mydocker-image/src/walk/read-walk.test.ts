import { expect, it } from "vitest";
import { readWalk, type Walked } from "./read-walk.ts";

const frame = (kind: string, body: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.write(kind, 0, "latin1");
  header.writeUInt32LE(body.length, 1);
  return Buffer.concat([header, body]);
};
const entry = (path: string, mode: number, size: number): Buffer => {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(mode, 0);
  body.writeUInt32LE(1, 12);
  body.writeBigInt64LE(-2n, 16);
  body.writeBigUInt64LE(BigInt(size), 28);
  body.writeUInt32LE(Buffer.byteLength(path, "latin1"), 60);
  return frame("n", Buffer.concat([body, Buffer.from(path, "latin1")]));
};
const attribute = (name: string, value: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(name.length);
  return frame("x", Buffer.concat([length, Buffer.from(name + value, "latin1")]));
};
const STREAM = Buffer.concat([
  entry(".", 0o040755, 4096),
  attribute("user.a", "\xff"),
  entry("\xe9", 0o104755, 5),
  frame("b", Buffer.from("hel")),
  frame("b", Buffer.from("lo")),
  entry("p", 0o010600, 0),
  attribute("user.b", ""),
  frame("e", Buffer.alloc(0)),
]);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const readAll = async (source: AsyncIterable<Buffer>): Promise<Walked[]> => {
  const all: Walked[] = [];
  for await (const item of readWalk(source)) all.push(item);
  return all;
};

it.each([1, 2, 7, 70, 10_000])("reads what comes in pieces of %i bytes", async (size) => {
  const all = await readAll(inPieces(STREAM, size));
  const entries = all.flatMap((item) => (Buffer.isBuffer(item) ? [] : [item]));
  expect(entries.map(({ path, kind, mode, size: bytes }) => [path, kind, mode, bytes])).toEqual([
    [".", "directory", 0o755, 0],
    ["\xe9", "file", 0o4755, 5],
    ["p", "fifo", 0o600, 0],
  ]);
  expect(entries.map(({ attributes }) => [...attributes])).toEqual([[["user.a", "\xff"]], [], [["user.b", ""]]]);
  expect(entries[0]?.mtime.seconds).toBe(-2);
  const behind = all.slice(2, -1).map((item) => (Buffer.isBuffer(item) ? item.toString() : "?"));
  expect(behind.join("")).toBe("hello");
});

it("does not take what was cut for all that there is", async () => {
  for (let length = 0; length < STREAM.length; length += 11) {
    await expect(readAll(inPieces(STREAM.subarray(0, length), 50))).rejects.toThrow("ends too early");
  }
});
