import { expect, it } from "vitest";
import { entryPath, meaningOf } from "./entry-path.ts";

it.each([
  ["a", "a"],
  ["./a/b/", "a/b"],
  ["/a", "a"],
  ["//a//b/./c", "a/b/c"],
  ["a/../b", "b"],
  [".", "."],
  ["./", "."],
  ["/", "."],
  ["", "."],
  ["a/..", "."],
  ["..a/.b", "..a/.b"],
  [`${"long/".repeat(60)}name`, `${"long/".repeat(60)}name`],
])("%j belongs at %j", (name, path) => {
  expect(entryPath(name)).toBe(path);
});

it.each([
  "..",
  "../a",
  "a/../../b",
  "/..",
  "./../a",
  "a\0b",
  "x".repeat(256),
  `d/${"x".repeat(256)}`,
  "a/".repeat(2100),
])("refuses %j", (name) => {
  expect(() => entryPath(name)).toThrow();
});

it.each([
  ["a/b", { kind: "plain" }],
  ["a.wh.b", { kind: "plain" }],
  [".wh.a", { kind: "whiteout", path: "a" }],
  ["a/.wh.b", { kind: "whiteout", path: "a/b" }],
  ["a/.wh..b", { kind: "whiteout", path: "a/.b" }],
  [".wh..wh..opq", { kind: "opaque", path: "." }],
  ["a/.wh..wh..opq", { kind: "opaque", path: "a" }],
  [".wh..wh.plnk", { kind: "ignored" }],
])("%j means %j", (path, meaning) => {
  expect(meaningOf(path)).toEqual(meaning);
});

it.each([".wh.", ".wh..", ".wh...", "a/.wh...", "a/.wh."])("refuses the whiteout %j", (path) => {
  expect(() => meaningOf(path)).toThrow("a whiteout of nothing");
});
