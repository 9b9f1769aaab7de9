import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ImageTree } from "../store/image-tree.ts";
import { readInRoot, resolveInRoot } from "./in-root.ts";

let directory: string;
let root: string;
let tree: ImageTree;

const where = (path: string): string | undefined => {
  const found = resolveInRoot(tree, path);
  if (found?.kind !== "directory") return found?.path;
  return join(found.directory.layers[0]?.directory ?? "", found.directory.path);
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "mydocker-in-root-"));
  root = join(directory, "root");
  tree = [{ directory: root, isOpaque: () => false }];
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
    expect(where(link)).toBe(expected === undefined ? undefined : join(root, expected));
  });

  it("clamps ..", () => {
    expect(where("/../../etc/../etc/passwd")).toBe(join(root, "etc/passwd"));
    expect(where("/..")).toBe(root);
  });
});

describe("an image of several layers", () => {
  const layer = (name: string, fill: (path: string) => void, opaque: string[] = []) => {
    const path = join(directory, name);
    mkdirSync(path);
    fill(path);
    return { directory: path, isOpaque: (inside: string) => opaque.includes(inside) };
  };
  const write = (path: string, text: string): void => {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  };
  const whiteout = (path: string): void => {
    mkdirSync(join(path, ".."), { recursive: true });
    execFileSync("mknod", [path, "c", "0", "0"]);
  };

  it("is seen as overlayfs shows it", () => {
    const lowest = layer("lowest", (path) => {
      for (const name of ["a/kept", "a/changed", "a/gone", "b/hidden", "c/d/e", "file/x"])
        write(join(path, name), "lowest");
    });
    const middle = layer(
      "middle",
      (path) => {
        write(join(path, "a/changed"), "middle");
        whiteout(join(path, "a/gone"));
        write(join(path, "b/new"), "middle");
        whiteout(join(path, "c/d"));
        write(join(path, "file"), "middle");
      },
      ["b"],
    );
    const top = layer("top", (path) => {
      write(join(path, "a/added"), "top");
      write(join(path, "c/d/new"), "top");
      symlinkSync("../a", join(path, "link"));
    });
    const image = [top, middle, lowest];
    const texts = [
      "/a/kept",
      "/a/changed",
      "/a/gone",
      "/a/added",
      "/link/kept",
      "/b/hidden",
      "/b/new",
      "/c/d/e",
      "/c/d/new",
      "/file",
      "/file/x",
    ];
    expect(texts.map((path) => readInRoot(image, path))).toEqual([
      ...["lowest", "middle", "", "top", "lowest", "", "middle", "", "top", "middle", ""],
    ]);
    const found = resolveInRoot(image, "/a");
    expect(found?.kind === "directory" && found.directory.layers).toEqual([top, middle, lowest]);
    const opaque = resolveInRoot(image, "/b");
    expect(opaque?.kind === "directory" && opaque.directory.layers).toEqual([middle]);
  });
});

describe("readInRoot", () => {
  it("reads a file, and nothing for none", () => {
    expect(readInRoot(tree, "/etc/passwd")).toBe("inside");
    expect(readInRoot(tree, "/etc/group")).toBe("");
  });

  it("does not read the host's file that a link names", () => {
    symlinkSync(join(directory, "secret"), join(root, "etc/out"));
    symlinkSync("../../secret", join(root, "etc/up"));
    expect(readInRoot(tree, "/etc/out")).toBe("");
    expect(readInRoot(tree, "/etc/up")).toBe("");
  });

  it("refuses what is no regular file, and does not wait for a FIFO", () => {
    execFileSync("mkfifo", [join(root, "etc/fifo")]);
    expect(() => readInRoot(tree, "/etc/fifo")).toThrow("not a regular file");
    expect(() => readInRoot(tree, "/etc")).toThrow("not a regular file");
  });

  it("refuses a file that no passwd is", () => {
    writeFileSync(join(root, "etc/large"), "");
    truncateSync(join(root, "etc/large"), 2 ** 40);
    expect(() => readInRoot(tree, "/etc/large")).toThrow("larger than");
  });
});
