import { expect, it } from "vitest";
import type { WalkedEntry } from "../walk/walked-entry.ts";
import { UpperArchivist } from "./upper-archivist.ts";

const walked = (path: string, more: Partial<WalkedEntry> = {}): WalkedEntry => ({
  ...{ path, kind: "file", mode: 0o644, uid: 0, gid: 0, mtime: { seconds: 1, nanoseconds: 2 }, size: 3 },
  ...{ major: 0, minor: 0, inode: undefined, target: "", attributes: new Map() },
  ...more,
});
const directory = (path: string, attributes: [string, string][] = []): WalkedEntry =>
  walked(path, { kind: "directory", mode: 0o755, size: 0, attributes: new Map(attributes) });
const whiteout = (path: string): WalkedEntry => walked(path, { kind: "character", size: 0 });

const archivistOn = (below: string[]): UpperArchivist =>
  new UpperArchivist({
    has: (path) => below.includes(path),
    directory: (path) =>
      path === "." || below.includes(path) ? { mode: 0o755, uid: 0, gid: 0, seconds: 9 } : undefined,
  });
const names = (entries: WalkedEntry[], below: string[] = []): string[] => {
  const archivist = archivistOn(below);
  return [...entries.flatMap((entry) => archivist.archive(entry)), ...archivist.end()].map(({ name }) => name);
};

it("says in a layer's words what is gone, and nothing of what never was", () => {
  expect(
    names([directory("d"), whiteout("d/gone"), whiteout("d/never"), whiteout("top")], ["d", "d/gone", "top"]),
  ).toEqual(["d/", "d/.wh.gone", ".wh.top"]);
});

it("marks an opaque directory behind the directory itself", () => {
  const entries = [directory("d", [["trusted.overlay.opaque", "y"]]), walked("d/new")];
  expect(names(entries, ["d"])).toEqual(["d/", "d/.wh..wh..opq", "d/new"]);
});

it("says nothing of a root that nobody has changed", () => {
  expect(names([directory("."), walked("f")])).toEqual(["f"]);
  expect(names([{ ...directory("."), mode: 0o1777 }])).toEqual(["./"]);
  expect(archivistOn([]).count).toBe(0);
});

it("leaves out what overlayfs and the host keep for themselves", () => {
  const kept = [
    ["user.mine", "1"],
    ["security.capability", "\x01"],
    ["system.posix_acl_access", "\x02"],
  ] as const;
  const dropped = ["trusted.overlay.origin", "user.overlay.opaque", "security.selinux", "trusted.other"];
  const all = new Map<string, string>([...kept, ...dropped.map((name) => [name, "x"] as const)]);
  const [told] = archivistOn([]).archive(walked("f", { attributes: all }));
  expect([...(told?.attributes ?? [])]).toEqual(kept);
});

it("refuses what is somewhere else", () => {
  for (const name of ["trusted.overlay.redirect", "trusted.overlay.metacopy"]) {
    expect(() => archivistOn([]).archive(walked("f", { attributes: new Map([[name, ""]]) }))).toThrow("elsewhere");
  }
});

it("tells of a file once, whatever its names", () => {
  const archivist = archivistOn([]);
  const told = ["a", "b"].flatMap((path) => archivist.archive(walked(path, { inode: "1:2" })));
  expect(told).toMatchObject([
    { name: "a", kind: "file", size: 3 },
    { name: "b", kind: "hard-link", size: 0, linkName: "a" },
  ]);
});

it("leaves out a socket, and a file whose name means another's end", () => {
  expect(names([walked("s", { kind: "socket", size: 0 }), walked("d/.wh.x"), walked("d/.wh.."), walked("ok")])).toEqual(
    ["ok"],
  );
  expect(() => names([walked(".wh.x", { inode: "1:2" })])).toThrow("another name");
});

it("knows what the runtime made to mount on", () => {
  const stubs = [directory("dev"), directory("etc"), walked("etc/hosts", { size: 0 }), directory("proc"), walked("z")];
  expect(names(stubs)).toEqual(["etc/", "z"]);
  expect(names([directory("."), ...stubs], ["etc"])).toEqual(["z"]);
  expect(names([directory("etc"), walked("etc/hosts", { size: 0 })], ["etc"])).toEqual([]);
  expect(names([directory("etc"), walked("etc/a"), walked("etc/hosts", { size: 0 })], ["etc"])).toEqual([
    "etc/",
    "etc/a",
  ]);
  expect(names([directory("etc"), walked("etc/hosts", { size: 0 }), walked("etc/z")], ["etc"])).toEqual([
    "etc/",
    "etc/z",
  ]);
  expect(names([{ ...directory("etc"), mode: 0o700 }, walked("etc/hosts", { size: 0 })], ["etc"])).toEqual(["etc/"]);
  expect(names([directory("a"), directory("a/b"), directory("a/b/c"), directory("d")])).toEqual([
    "a/",
    "a/b/",
    "a/b/c/",
    "d/",
  ]);
  // Of the image's own a change is one.
  expect(names(stubs, ["dev", "etc/hosts"])).toEqual(["dev/", "etc/", "etc/hosts", "z"]);
  expect(names([directory("dev"), walked("dev/mine")])).toEqual(["dev/", "dev/mine"]);
  expect(names([directory("etc"), walked("etc/hosts", { size: 1 })])).toEqual(["etc/", "etc/hosts"]);
});
