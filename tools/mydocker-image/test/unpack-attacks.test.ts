import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TarPart, tarArchive } from "./tar-archive.ts";
import { type ComposedImage, composeImage, type ImageChanges, putImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
let outside: string;
let before: unknown;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};

/** All that an unpacker could have changed there. */
const canary = (): unknown => ({
  names: readdirSync(outside),
  text: readFileSync(join(outside, "canary"), "utf8"),
  each: [outside, join(outside, "canary")].map((path) => {
    const { mode, uid, gid, mtimeMs, ctimeMs, nlink } = lstatSync(path);
    return { mode, uid, gid, mtimeMs, ctimeMs, nlink };
  }),
});

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  outside = join(sandbox.directory, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "canary"), "untouched", { mode: 0o600 });
  before = canary();
});

afterEach(async () => {
  expect(canary()).toEqual(before);
  expect(entries("tmp")).toEqual([]);
  for (const { reference } of JSON.parse((await image(["list"])).stdout)) await image(["remove", reference]);
  // What was pulled before it was refused.
  await image(["gc"]);
  expect([entries("layers"), entries("stacks"), entries("l"), entries("images/blobs/sha256")]).toEqual([
    [],
    [],
    [],
    [],
  ]);
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

let count = 0;
async function pull(flags: string[], composed: ComposedImage) {
  count += 1;
  await putImage(`http://${registry.host}`, `attack${count}:1`, composed);
  const reference = `${registry.host}/attack${count}:1`;
  return { reference, ...(await image(["pull", "-q", ...flags, reference])) };
}

const file = (name: string, more: Partial<TarPart> = {}): TarPart => ({ name, content: "escaped", ...more });
const link = (name: string, target: string): TarPart => ({ name, type: "2", link: target });
const directory = (name: string): TarPart => ({ name: `${name}/`, type: "5", mode: 0o777, uid: 9, gid: 9 });
const up = "../".repeat(20);

/** What leads out, by layers; the second member: what has to be said where it is refused, undefined where it may be unpacked. */
const ESCAPES: [string, () => TarPart[][], string | undefined][] = [
  ["a file through an absolute link", () => [[link("l", outside), file("l/new"), file("l/canary")]], undefined],
  ["a file through a relative link", () => [[link("l", `${up}${outside.slice(1)}`), file("l/canary")]], undefined],
  ["a file through a chain", () => [[link("a", "/"), link("b", `a${outside}`), file("b/canary")]], undefined],
  ["a file in place of a link", () => [[link("l", join(outside, "canary")), file("l")]], undefined],
  ["a directory in place of a link", () => [[link("l", outside), directory("l"), file("l/canary")]], undefined],
  [
    "owner, mode and time through a link",
    () => [[link("l", join(outside, "canary")), { name: "l", type: "1", link: "l", mode: 0o777, uid: 9 }]],
    undefined,
  ],
  [
    "a hard link to an absolute name",
    () => [[{ name: "h", type: "1", link: join(outside, "canary") }, file("h")]],
    "not in the same layer",
  ],
  [
    "a hard link through a link",
    () => [[link("l", outside), { name: "h", type: "1", link: "l/canary" }, file("h")]],
    "not in the same layer",
  ],
  ["a hard link to ..", () => [[{ name: "h", type: "1", link: `${up}${outside}/canary` }]], "leads out"],
  ["a name with ..", () => [[file(`${up}${outside.slice(1)}/canary`)]], "leads out"],
  ["a name with .. in between", () => [[directory("a"), file(`a/${up}${outside.slice(1)}/new`)]], "leads out"],
  [
    "a later layer through a link of an earlier one",
    () => [[link("l", outside)], [file("l/canary"), file("l/new")]],
    undefined,
  ],
  ["a whiteout through a link", () => [[link("l", outside)], [file("l/.wh.canary")]], undefined],
  ["a whiteout through a link of the same layer", () => [[link("l", outside), file("l/.wh.canary")]], undefined],
  ["an opaque directory through a link", () => [[link("l", outside)], [file("l/.wh..wh..opq")]], undefined],
  [
    "a device through a link",
    () => [[link("l", outside), { name: "l/null", type: "3", major: 1, minor: 3 }]],
    undefined,
  ],
  ["a link as the root", () => [[link(".", outside), file("canary")]], "the root of a layer"],
  ["a link as the root, in disguise", () => [[link("a/..", outside), file("canary")]], "the root of a layer"],
  ["a link as the root, by its absolute name", () => [[link("/", outside), file("canary")]], "the root of a layer"],
  ["a whiteout with a slash in it", () => [[file(`.wh./${up}${outside.slice(1)}/canary`)]], "leads out"],
  ["an opaque directory that is outside", () => [[file(`${up}${outside.slice(1)}/.wh..wh..opq`)]], "leads out"],
  ["a directory that is called like a whiteout", () => [[link("l", outside), file(".wh.l/canary")]], undefined],
  ["a directory below two thousand others", () => [[file(`${"d/".repeat(2000)}f`)]], undefined],
  ["a whiteout of ..", () => [[directory("a"), file("a/.wh...")]], "a whiteout of nothing"],
  ["a whiteout of nothing", () => [[file(".wh.")]], "a whiteout of nothing"],
  ["a device 0:0", () => [[file("x")], [{ name: "x", type: "3" }]], "a device 0:0"],
];

describe.each([
  ["overlay", ["--driver=overlay"]],
  ["overlay without Landlock", ["--landlock=false"]],
  ["umoci", ["--driver=umoci"]],
])("an archive that leads out, with the driver %s", (driver, flags) => {
  it.each(ESCAPES)("%s", async (_, layers, refused) => {
    const { code, stderr } = await pull(flags, composeImage(layers().map((parts) => tarArchive(parts))));
    if (refused !== undefined || code !== 0) {
      expect(code).toBe(125);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(entries("stacks")).toEqual([]);
    }
    if (refused !== undefined && driver !== "umoci") expect(stderr).toContain(refused);
  });
});

it("gives nothing to what overlayfs keeps for itself", async () => {
  const attributes = {
    "SCHILY.xattr.trusted.overlay.redirect": "/etc",
    "SCHILY.xattr.trusted.overlay.opaque": "y",
    "SCHILY.xattr.user.overlay.opaque": "y",
    "SCHILY.xattr.user.kept": "yes",
  };
  const composed = composeImage([
    tarArchive([{ name: "d/", type: "5" }, file("d/below")]),
    tarArchive([
      { name: "d/", type: "5", pax: attributes },
      { name: "f", pax: { "SCHILY.xattr.trusted.overlay.metacopy": "" } },
    ]),
  ]);
  const { reference, code } = await pull([], composed);
  expect(code).toBe(0);
  const [top] = (await image(["unpack", reference])).stdout.split("\n");
  const { stdout } = await sandbox.shell(
    `cd ${top} && python3 -c 'import os; print(os.listxattr("d"), os.listxattr("f"))'`,
  );
  expect(stdout).toBe("['user.kept'] []\n");
  const umoci = await pull(
    ["--driver=umoci"],
    composeImage([tarArchive([{ name: "u/", type: "5", pax: attributes }])]),
  );
  expect(umoci).toMatchObject({ code: 125, stdout: "" });
  expect(umoci.stderr).toContain("--driver overlay");
});

it.each(["--driver=overlay", "--driver=umoci"])(
  "runs no program of the image's, with %s (CVE-2014-9357)",
  async (flag) => {
    const script = `#!/bin/sh\ntouch ${outside}/ran\n`;
    const programs = ["tar", "xz", "gzip", "unpigz", "zstd", "sh", "mount", "umoci"];
    const places = ["bin", "usr/bin", "usr/local/bin", "sbin"].flatMap((place) =>
      programs.map((name) => `${place}/${name}`),
    );
    const own = tarArchive(places.map((name) => file(name, { content: script, mode: 0o755 })));
    const { reference, code } = await pull([flag], composeImage([own, tarArchive([file("f")])], { compression: "xz" }));
    expect(code).toBe(0);
    // What is called from where the programs are is not called from there.
    const [top, lowest = top] = (await image(["unpack", reference])).stdout.trim().split("\n");
    for (const verb of ["verify", `layers ${reference}`, `save ${reference} -o ${sandbox.directory}/saved`])
      expect((await sandbox.shell(`cd ${lowest}/usr/bin && mydocker-image ${verb}`)).code).toBe(0);
  },
);

it("lets no user of the host's at what it unpacks: there are set-id programs in it (CVE-2021-41091, CVE-2021-41103)", async () => {
  const { reference } = await pull(
    [],
    composeImage([tarArchive([file("su", { mode: 0o4755, content: "#!/bin/sh\n" })])]),
  );
  const [layer = ""] = (await image(["unpack", reference])).stdout.trim().split("\n");
  await image(["bundle", "--id", "own", reference]);
  const upper = join(sandbox.paths.root, "containers/own/upper/su");
  await sandbox.shell(`cp -p ${layer}/su ${upper}`);
  // The sandbox's own directory is closed as well.
  chmodSync(sandbox.directory, 0o755);
  for (const path of [join(layer, "su"), upper, join(sandbox.paths.root, "images/index.json"), sandbox.paths.root]) {
    const seen = await sandbox.shell(
      `setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'ls ${path} || cat ${path} || ${path}'`,
    );
    expect(seen.stdout).toBe("");
    expect(seen.stderr).toContain("Permission denied");
  }
  chmodSync(sandbox.directory, 0o700);
  await image(["release", "own"]);
});

const zeros = (size: number): Buffer => {
  const part = tarArchive([{ name: "zeros", content: "", size }], false);
  // Members of one gzip stream, for the whole would not be held in memory by anybody.
  const megabyte = gzipSync(Buffer.alloc(2 ** 20));
  return Buffer.concat([gzipSync(part), ...Array.from({ length: size / 2 ** 20 }, () => megabyte)]);
};

/** A layer whose blob is not what `composeImage` would make of it. */
const withBlob = (blob: Buffer, changes: ImageChanges = {}): ComposedImage =>
  composeImage([blob], { ...changes, compression: "none" });

describe("a layer that is too much, or not what it says", () => {
  const many = Array.from({ length: 50 }, (_, index) => file(`f${index}`));
  it.each<[string, string[], () => ComposedImage, string]>([
    [
      "more entries than may be",
      ["--limit=entries=49"],
      () => composeImage([tarArchive(many)]),
      "more than 49 entries",
    ],
    [
      "more bytes than may be",
      ["--limit=size=1k"],
      () => composeImage([tarArchive([file("a", { content: "x".repeat(2000) })])]),
      "more than 1024 bytes",
    ],
    [
      "a size that nobody has",
      ["--limit=size=1g"],
      () => composeImage([tarArchive([file("a", { size: 2 ** 32 })])]),
      "more than 1073741824 bytes",
    ],
    ["a bomb", [], () => withBlob(zeros(640 * 2 ** 20)), "more than 200 times its size"],
    [
      "a path that no file system takes",
      [],
      () => composeImage([tarArchive([file("x", { pax: { path: "d/".repeat(3000) } })])]),
      "a path of more than",
    ],
    [
      "a name that no file system takes",
      [],
      () => composeImage([tarArchive([file("x", { pax: { path: "n".repeat(300) } })])]),
      "a name of more than",
    ],
    ["a NUL byte in a name", [], () => composeImage([tarArchive([file("x", { pax: { path: "a\0b" } })])]), "NUL byte"],
    [
      "an extended header without end",
      [],
      () => composeImage([tarArchive([{ name: "x", type: "x", size: 200_000_000 }])]),
      "an extended header has",
    ],
    ["a sparse map", [], () => composeImage([tarArchive([file("x", { pax: { "GNU.sparse.map": "0,1" } })])]), "sparse"],
    ["no archive", [], () => composeImage([Buffer.from("<html>".repeat(500))]), "not a tar archive"],
    [
      "an archive that is cut",
      [],
      () => composeImage([tarArchive([file("x", { content: "y".repeat(5000) })]).subarray(0, 2000)]),
      "ends too early",
    ],
    ["gzip that is cut", [], () => withBlob(gzipSync(tarArchive(many)).subarray(0, 300)), "gzip is damaged"],
    [
      "a diff id of something else",
      [],
      () =>
        composeImage([tarArchive(many)], {
          outer: { rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] } },
        }),
      "its content is another",
    ],
    [
      "a device that no kernel has",
      [],
      () => composeImage([tarArchive([{ name: "x", type: "3", major: 70_000 }])]),
      "no such device number",
    ],
  ])("%s", async (_, flags, composed, why) => {
    const { code, stdout, stderr } = await pull(flags, composed());
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(/: layer sha256:[0-9a-f]{12}: /);
    expect(stderr).toContain(why);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(entries("layers")).toEqual([]);
  });

  it("may have a hundred thousand opaque directories", async () => {
    const opaque = Array.from({ length: 100_000 }, (_, index) => file(`d${index % 300}/.wh..wh..opq`, { content: "" }));
    expect(await pull([], composeImage([tarArchive([file("x")]), tarArchive(opaque)]))).toMatchObject({ code: 0 });
  });
});
