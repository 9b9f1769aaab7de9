import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readInRoot, resolveInRoot } from "./in-root.ts";

let directory: string;
let root: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "mydocker-in-root-"));
  root = join(directory, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  mkdirSync(join(root, "a/b"), { recursive: true });
  writeFileSync(join(root, "etc/passwd"), "inside");
  writeFileSync(join(directory, "secret"), "outside");
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe("resolveInRoot", () => {
  it.each([
    ["absolute", "/etc/passwd", "etc/passwd"],
    ["relative", "../etc/passwd", "etc/passwd"],
    ["climbing", "../../../../../../etc/passwd", "etc/passwd"],
    ["directory", "/a/../a/b", "a/b"],
    ["onward", "absolute", "etc/passwd"],
    ["itself", "itself", undefined],
    ["dangling", "/nowhere", undefined],
    ["through-file", "/etc/passwd/x", undefined],
  ])("follows a %s link to %s within the root", (name, target, expected) => {
    symlinkSync(target, join(root, "a", name));
    const link = name === "onward" ? "/a/onward" : `/a/./${name}`;
    expect(resolveInRoot(root, link)).toBe(expected === undefined ? undefined : join(root, expected));
  });

  it("clamps ..", () => {
    expect(resolveInRoot(root, "/../../etc/../etc/passwd")).toBe(join(root, "etc/passwd"));
    expect(resolveInRoot(root, "/..")).toBe(root);
  });
});

describe("readInRoot", () => {
  it("reads a file, and nothing for none", () => {
    expect(readInRoot(root, "/etc/passwd")).toBe("inside");
    expect(readInRoot(root, "/etc/group")).toBe("");
  });

  it("does not read the host's file that a link names", () => {
    symlinkSync(join(directory, "secret"), join(root, "etc/out"));
    symlinkSync("../../secret", join(root, "etc/up"));
    expect(readInRoot(root, "/etc/out")).toBe("");
    expect(readInRoot(root, "/etc/up")).toBe("");
  });

  it("refuses what is no regular file, and does not wait for a FIFO", () => {
    execFileSync("mkfifo", [join(root, "etc/fifo")]);
    expect(() => readInRoot(root, "/etc/fifo")).toThrow("not a regular file");
    expect(() => readInRoot(root, "/etc")).toThrow("not a regular file");
  });

  it("refuses a file that no passwd is", () => {
    writeFileSync(join(root, "etc/large"), "");
    truncateSync(join(root, "etc/large"), 2 ** 40);
    expect(() => readInRoot(root, "/etc/large")).toThrow("larger than");
  });
});
