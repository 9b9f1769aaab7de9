import { expect, it } from "vitest";
import { parseIndex, unpackedSize, withEntry, withoutReference } from "./image-index.ts";

const descriptor = (letter: string) => ({ mediaType: "m", digest: `sha256:${letter.repeat(64)}`, size: 1 });

it("adds, replaces and takes away references", () => {
  const one = withEntry([], "a:1", descriptor("a"), 10);
  const two = withEntry(one, "b:1", descriptor("b"), 20);
  const moved = withEntry(two, "a:1", descriptor("c"), 30);
  expect(moved.map(({ reference, descriptor: { digest } }) => [reference, digest[7]])).toEqual([
    ["b:1", "b"],
    ["a:1", "c"],
  ]);
  expect(moved.map(unpackedSize)).toEqual([20, 30]);
  expect(withoutReference(moved, "b:1").map(({ reference }) => reference)).toEqual(["a:1"]);
});

it("reads what it wrote, and leaves out what has no name", () => {
  const manifests = [...withEntry([], "a:1", descriptor("a"), 10).map((entry) => entry.descriptor), descriptor("b")];
  const entries = parseIndex(JSON.stringify({ schemaVersion: 2, manifests }), "index");
  expect(entries.map(({ reference }) => reference)).toEqual(["a:1"]);
  expect(parseIndex("{}", "index")).toEqual([]);
});

it("refuses a digest that is a path", () => {
  const manifests = [{ ...descriptor("a"), digest: "sha256:../x" }];
  expect(() => parseIndex(JSON.stringify({ manifests }), "index")).toThrow("index: manifests[0]");
});
