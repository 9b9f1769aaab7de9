import { join } from "node:path";
import type { Sandbox } from "@mydocker/testing";
import { expect } from "vitest";
import { type TarPart, tarArchive } from "./tar-archive.ts";

/** All that can be told of a tree, an entry a line. */
export const TREE = `
import os, sys, hashlib, stat
root = os.fsencode(sys.argv[1])
for path, dirs, files in os.walk(root):
    dirs.sort()
    for name in [b"."] * (path == root) + sorted(dirs + files):
        place = os.path.join(path, name)
        s = os.lstat(place)
        kind = stat.S_IFMT(s.st_mode)
        content = ""
        if kind == stat.S_IFREG: content = hashlib.sha256(open(place, "rb").read()).hexdigest()
        if kind == stat.S_IFLNK: content = os.readlink(place)
        links = s.st_nlink if kind == stat.S_IFREG else 0
        attributes = [(n, os.getxattr(place, n, follow_symlinks=False)) for n in sorted(os.listxattr(place, follow_symlinks=False))]
        time = 0 if name == b"." else s.st_mtime_ns
        print(os.path.relpath(place, root), oct(s.st_mode), s.st_uid, s.st_gid, time, s.st_rdev, links, content, attributes)
`;

/** Tells of a tree. */
export async function tellTree(sandbox: Sandbox, directory: string): Promise<string> {
  const { stdout, stderr } = await sandbox.shell(`python3 -c '${TREE}' ${directory}`);
  expect(stderr).toBe("");
  return stdout;
}

/** The tree that a container of the image sees, with a store of its own that has it. */
export async function treeOf(sandbox: Sandbox, reference: string, store: string, pull: string[] = []): Promise<string> {
  const env = { MYDOCKER_ROOT: join(sandbox.directory, `store-${store}`) };
  const pulled = await sandbox.tool("mydocker-image", ["pull", "-q", ...pull, reference], { env });
  expect(pulled).toMatchObject({ code: 0, stderr: "" });
  const set = `export MYDOCKER_ROOT=${env.MYDOCKER_ROOT}`;
  await sandbox.shell(`${set}; mydocker-image bundle --id tree ${reference} >/dev/null`);
  const mounted = await sandbox.shell(`${set}; mydocker-image mount tree`);
  const told = await tellTree(sandbox, mounted.stdout.trim());
  await sandbox.shell(`${set}; mydocker-image release tree; mydocker-image remove ${reference}`);
  return told;
}

const directory = (name: string, more: Partial<TarPart> = {}): TarPart => ({ name: `${name}/`, type: "5", ...more });
const file = (name: string, content: string, more: Partial<TarPart> = {}): TarPart => ({ name, content, ...more });
/** Layers with all that layers can say to each other. */
export const LAYERS = [
  tarArchive([
    directory("."),
    directory("etc", { mode: 0o751, uid: 3 }),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\n", { mode: 0o600, gid: 9 }),
    directory("lib", { mtime: 12_345 }),
    file("lib/one", "1", { mode: 0o4755 }),
    file("lib/two", "2"),
    directory("gone"),
    file("gone/file", "x"),
    directory("opaque", { mode: 0o1777 }),
    file("opaque/old", "x"),
    directory("becomes-file"),
    file("becomes-file/x", "x"),
    file("becomes-directory", "x"),
    { name: "link", type: "2", link: "lib", uid: 4 },
    { name: "hard", type: "1", link: "lib/one", mode: 0o4755 },
    { name: "null", type: "3", major: 1, minor: 3, mode: 0o666 },
    { name: "pipe", type: "6" },
    file("attribute", "x", { pax: { "SCHILY.xattr.user.a": "\u00ff\u0001", mtime: "5.000000001" } }),
  ]),
  tarArchive([
    directory("lib", { mtime: 23_456 }),
    file("lib/two", "changed", { mode: 0o640 }),
    file("lib/.wh.one", ""),
    file(".wh.gone", ""),
    directory("opaque", { mode: 0o700 }),
    file("opaque/.wh..wh..opq", ""),
    file("opaque/new", "y"),
  ]),
  tarArchive([
    file(".wh.becomes-file", ""),
    file(".wh.becomes-directory", ""),
    file("etc/untold", "the directory is as it was"),
    directory("new", { mode: 0o711 }),
    file("new/file", "z"),
  ]),
  tarArchive([file("becomes-file", "now"), directory("becomes-directory"), file("becomes-directory/x", "now")]),
];
