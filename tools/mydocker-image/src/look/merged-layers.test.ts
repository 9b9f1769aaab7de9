import { expect, it } from "vitest";
import type { WalkedEntry, WalkedKind } from "../walk/walked-entry.ts";
import { mergeLayers, type WalkedLayer } from "./merged-layers.ts";

/** `d/` a directory, `d/!` an opaque one, `-x` a whiteout, anything else a file. */
const layer = (name: string, words: string): WalkedLayer => {
  const entries = words.split(" ").map((word): WalkedEntry => {
    const isOpaque = word.endsWith("/!");
    const kind: WalkedKind = word.startsWith("-") ? "character" : /\/!?$/.test(word) ? "directory" : "file";
    const attributes = new Map(isOpaque ? [["trusted.overlay.opaque", "y"]] : []);
    const path = word.replace(/^-|\/!?$/g, "");
    const rest = { mode: 0, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, size: 0, major: 0, minor: 0 };
    return { ...rest, path, kind, attributes, inode: undefined, target: "" };
  });
  return { name, entries: new Map(entries.map((entry) => [entry.path, entry])) };
};
const merged = (...layers: string[]): string[] =>
  [...mergeLayers(layers.map((words, index) => layer(`${index}`, words)))]
    .map(([path, { layer: name }]) => `${path}@${name}`)
    .sort();

it.each([
  ["d/ d/a d/b", "d/ d/b d/c", ["d/a@0", "d/b@1", "d/c@1", "d@1"]],
  ["d/ d/a e", "d/ -d/a -e", ["d@1"]],
  ["d/ d/a d/s/ d/s/x", "-d", []],
  ["d/ d/a d/s/ d/s/x", "d/! d/b", ["d/b@1", "d@1"]],
  ["d/ d/a", "d", ["d@1"]],
  ["d", "d/ d/a", ["d/a@1", "d@1"]],
  ["d/ dd", "-d", ["dd@0"]],
])("%s and %s", (lower, upper, expected) => {
  expect(merged(lower, upper)).toEqual(expected);
});
