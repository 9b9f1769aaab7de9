import { expect, it } from "vitest";
import { entryBytes, paxRecords, tarArchive } from "../../test/tar-archive.ts";
import { parsePax } from "./pax.ts";
import { type TarEntry, TarReader } from "./reader.ts";

function read(archive: Buffer, pieces: number): { entries: TarEntry[]; contents: string[]; done: number } {
  const found = { entries: [] as TarEntry[], contents: [] as string[], done: 0 };
  const reader = new TarReader({
    entry: (entry) => {
      found.entries.push(entry);
      found.contents.push("");
    },
    data: (bytes) => {
      found.contents.push(`${found.contents.pop() ?? ""}${bytes.toString("latin1")}`);
    },
    done: () => {
      found.done += 1;
    },
  });
  for (let offset = 0; offset < archive.length; offset += pieces)
    reader.push(archive.subarray(offset, offset + pieces));
  reader.end();
  return found;
}

const LONG = `${"directory/".repeat(30)}name`;
const ARCHIVE = tarArchive([
  { name: "directory/", type: "5", mode: 0o1777, uid: 5, gid: 6 },
  { name: "file", content: "x".repeat(1000), mtime: 7 },
  { name: "empty" },
  {
    name: "short",
    content: "y",
    pax: { path: LONG, uid: "4000000000", mtime: "-1.5", "SCHILY.xattr.a": "\0\u00ff\n=" },
  },
  { name: "././@LongLink", type: "L", content: `${LONG}\0` },
  { name: "cut", type: "2", link: "target" },
  { name: "all of these", type: "g", content: paxRecords({ path: "ignored" }) },
  { name: "null", type: "3", major: 1, minor: 3 },
]);

it.each([1, 7, 511, 512, 513, 100_000])("reads an archive that comes in pieces of %i bytes", (pieces) => {
  const { entries, contents, done } = read(ARCHIVE, pieces);
  expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
    ["directory/", "directory"],
    ["file", "file"],
    ["empty", "file"],
    [LONG, "file"],
    [LONG, "link"],
    ["null", "character"],
  ]);
  expect(contents.map((text) => text.length)).toEqual([0, 1000, 0, 1, 0, 0]);
  expect(done).toBe(6);
  expect(entries[0]).toMatchObject({ mode: 0o1777, uid: 5, gid: 6 });
  expect(entries[3]).toMatchObject({ uid: 4_000_000_000, mtime: { seconds: -2, nanoseconds: 500_000_000 } });
  expect([...(entries[3]?.attributes ?? [])]).toEqual([["a", "\0\u00ff\n="]]);
  expect(entries[4]).toMatchObject({ linkName: "target", size: 0 });
  expect(entries[5]).toMatchObject({ major: 1, minor: 3, attributes: new Map() });
});

it("takes numbers in base 256, negative ones too", () => {
  const bytes = entryBytes({ name: "x" });
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]).copy(bytes, 136);
  Buffer.from([0x80, 0, 0, 0, 0x01, 0, 0, 0]).copy(bytes, 108);
  bytes.write("        ", 148, "latin1");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  expect(read(bytes, 512).entries[0]).toMatchObject({ uid: 2 ** 24, mtime: { seconds: -2, nanoseconds: 0 } });
});

it.each([
  ["a wrong checksum", Buffer.from(`${"\0".repeat(148)}0001234\0`.padEnd(512, "\0")).fill("x", 0, 100), "checksum"],
  ["an end in a header", ARCHIVE.subarray(0, 700), "too early"],
  ["an end in a file", ARCHIVE.subarray(0, 1200), "too early"],
  ["a size that lies", tarArchive([{ name: "x", content: "y", size: 10_000 }]), "too early"],
  ["a sparse file", tarArchive([{ name: "x", type: "S" }]), "sparse"],
  ["another sparse file", tarArchive([{ name: "x", pax: { "GNU.sparse.major": "1" } }]), "sparse"],
  ["an unknown type", tarArchive([{ name: "x", type: "Z" }]), "unknown type"],
  ["an extended header of 200 MB", tarArchive([{ name: "x", type: "x", size: 200_000_000 }]), "more than"],
])("refuses %s", (_, archive, why) => {
  expect(() => read(archive, 1000)).toThrow(why);
});

it.each([
  "",
  "5",
  "x path=a\n",
  "999 path=a\n",
  "11 path=a\n",
  "8 path=a\n",
  "0 path=a\n",
  "7 patha\n",
  "12 size=-10\n",
])("refuses %j as an extended header, or finds nothing in it", (text) => {
  if (text === "") expect(parsePax(Buffer.from(text))).toMatchObject({ isSparse: false });
  else expect(() => parsePax(Buffer.from(text))).toThrow("malformed");
});
