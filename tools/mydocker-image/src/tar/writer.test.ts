import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { type TarEntry, TarReader } from "./reader.ts";
import { type ArchivedEntry, entryHeader, padding, TRAILER } from "./writer.ts";

const read = (archive: Buffer): TarEntry[] => {
  const found: TarEntry[] = [];
  const reader = new TarReader({ entry: (entry) => found.push(entry), data: () => {}, done: () => {} });
  reader.push(archive);
  reader.end();
  return found;
};
const entry = (more: Partial<ArchivedEntry>): ArchivedEntry => ({
  ...{ name: "f", kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 1, nanoseconds: 0 }, size: 0 },
  ...more,
});
const archive = (entries: ArchivedEntry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap((each) => [entryHeader(each), Buffer.alloc(each.size), padding(each.size)]),
    TRAILER,
  ]);

it.each<[string, Partial<ArchivedEntry>]>([
  ["a plain file", { size: 700 }],
  ["a name of 100 bytes", { name: "n".repeat(100) }],
  ["a name of 101 bytes", { name: "n".repeat(101) }],
  ["a path of 3000", { name: "d/".repeat(1500).slice(0, -1) }],
  ["bytes that are no text", { name: "\xff\xfe" }],
  ["as many of them as do not fit", { name: "\xff".repeat(200) }],
  ["owners that do not fit", { uid: 2 ** 21, gid: 2 ** 32 - 2 }],
  ["owners that just fit", { uid: 2 ** 21 - 1, gid: 7 }],
  ["nanoseconds", { mtime: { seconds: 1_700_000_000, nanoseconds: 1 } }],
  ["a time before 1970", { mtime: { seconds: -5, nanoseconds: 0 } }],
  ["a time a little before 1970", { mtime: { seconds: -1, nanoseconds: 250_000_000 } }],
  ["a time a little more before 1970", { mtime: { seconds: -2, nanoseconds: 250_000_000 } }],
  ["a link", { kind: "link", linkName: "../target" }],
  ["a long link", { kind: "link", linkName: "t".repeat(4000) }],
  ["a hard link", { kind: "hard-link", linkName: "other" }],
  ["a device", { kind: "block", major: 259, minor: 70_000 }],
  ["a directory", { kind: "directory", name: "d/", mode: 0o1777 }],
  ["attributes", { attributes: new Map([["security.capability", "\x01\0\0\x02\n=\xff"]]) }],
])("%s is read as it was written", (_, more) => {
  const written = entry(more);
  const [found, ...others] = read(archive([written, entry({ name: "behind" })]));
  expect(found).toMatchObject({ attributes: new Map(), linkName: "", major: 0, minor: 0, ...written });
  expect(others).toHaveLength(1);
});

it("says that a file of 10 GB has 10 GB", () => {
  const found: TarEntry[] = [];
  const reader = new TarReader({ entry: (each) => found.push(each), data: () => {}, done: () => {} });
  reader.push(entryHeader(entry({ size: 10 * 2 ** 30 })));
  expect(found[0]?.size).toBe(10 * 2 ** 30);
});

it("is an archive for GNU tar", () => {
  const entries = [entry({ name: "d/", kind: "directory" }), entry({ name: `d/${"n".repeat(150)}`, size: 3 })];
  const listed = execFileSync("tar", ["-t"], { input: archive(entries), encoding: "utf8" });
  expect(listed).toBe(`d/\nd/${"n".repeat(150)}\n`);
});
