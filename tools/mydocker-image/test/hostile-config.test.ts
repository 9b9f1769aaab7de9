import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { makeSandbox, type Sandbox, type ToolResult } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TarPart, tarArchive } from "./tar-archive.ts";
import { makeImage } from "./test-image.ts";

let sandbox: Sandbox;
/** Of the host's: what nothing in an image may lead to. */
let outside: string;
let before: unknown;

const canary = (): unknown => ({
  names: readdirSync(outside),
  passwd: readFileSync(join(outside, "passwd"), "utf8"),
  each: [outside, join(outside, "passwd")].map((path) => {
    const { mode, uid, gid, mtimeMs, ctimeMs, nlink } = lstatSync(path);
    return { mode, uid, gid, mtimeMs, ctimeMs, nlink };
  }),
});

const directory = (name: string): TarPart => ({ name: `${name}/`, type: "5" });
const link = (name: string, target: string): TarPart => ({ name, type: "2", link: target });
const BASE: () => TarPart[] = () => [
  directory("bin"),
  { name: "bin/busybox", mode: 0o755, content: readFileSync("/bin/busybox") },
  ...["sh", "cat", "ls", "pwd", "id", "echo", "mount"].map((name) => link(`bin/${name}`, "busybox")),
];
const PASSWD: TarPart[] = [
  directory("etc"),
  { name: "etc/passwd", content: "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:\n1000:x:0:0::/:\n1000x:x:0:0::/:\n" },
  { name: "etc/group", content: "log:x:7:web\n5:x:0:\n" },
];

/** Puts an image in the store, as `image`. */
async function load(config: object, parts: TarPart[]): Promise<void> {
  expect(await tryToLoad(config, parts)).toMatchObject({ code: 0, stderr: "" });
}
function tryToLoad(config: object, parts: TarPart[]): Promise<ToolResult> {
  const layout = join(sandbox.directory, "layout");
  rmSync(layout, { recursive: true, force: true });
  makeImage(layout, [tarArchive([...BASE(), ...parts])], { config: { Cmd: ["true"], ...config } });
  return sandbox.shell(`tar -C ${layout} -c . | mydocker-image load`);
}
const bundle = (): Promise<ToolResult> => sandbox.tool("mydocker-image", ["bundle", "--id", "hostile", "image"]);
const parsed = ({ code, stdout, stderr }: ToolResult): OciConfig => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};
const refusedInOneLine = ({ code, stdout, stderr }: ToolResult, why: string): void => {
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain(why);
};

beforeAll(() => {
  sandbox = makeSandbox();
});

beforeEach(() => {
  outside = join(sandbox.directory, "outside");
  rmSync(outside, { recursive: true, force: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "passwd"), "evil:x:0:0::/:\n", { mode: 0o600 });
  before = canary();
});

afterEach(async () => {
  expect(canary()).toEqual(before);
  await sandbox.tool("mydocker-image", ["release", "hostile"]);
  expect((await sandbox.tool("mydocker", ["ps", "-aq"])).stdout).toBe("");
  expect(readdirSync(join(sandbox.paths.root, "tmp"))).toEqual([]);
});

afterAll(() => sandbox.cleanUp());

describe("the image's User (CVE-2024-40635, CVE-2026-30892)", () => {
  it.each([
    ["web", 33, 34, [7]],
    ["33", 33, 34, [7]],
    ["web:5", 33, 5, []],
    ["1000", 1000, 0, []],
    ["4294967294", 4294967294, 0, []],
    ["", 0, 0, []],
  ])("%j is %i:%i", async (User, uid, gid, additionalGids) => {
    await load({ User }, PASSWD);
    expect(parsed(await bundle()).process?.user).toEqual({ uid, gid, additionalGids });
  });

  it.each([
    "4294967296",
    "4294967295",
    "-1",
    "0x0",
    " 0",
    "nobody",
    "web:4294967296",
    "web:nogroup",
    "1:2:3",
    "18446744073709551616",
  ])("%j is refused", async (User) => {
    await load({ User }, PASSWD);
    refusedInOneLine(await bundle(), User.startsWith("1:2") ? "expected USER or USER:GROUP" : "no matching entries");
  });

  it("a name that begins with digits is a name", async () => {
    await load({ User: "1000x" }, PASSWD);
    expect(parsed(await bundle()).process?.user).toMatchObject({ uid: 0 });
    await sandbox.tool("mydocker-image", ["release", "hostile"]);
    await load({ User: "1000y" }, PASSWD);
    refusedInOneLine(await bundle(), "no matching entries");
  });

  it("a NUL byte is refused with the image", async () => {
    refusedInOneLine(await tryToLoad({ User: "web\0" }, PASSWD), "User: expected a string");
  });
});

describe("the image's /etc/passwd (CVE-2024-9676)", () => {
  const up = "../".repeat(20);
  it.each<[string, () => TarPart[], string]>([
    ["a link to the host's file", () => [directory("etc"), link("etc/passwd", join(outside, "passwd"))], "no matching"],
    [
      "a relative one",
      () => [directory("etc"), link("etc/passwd", up + join(outside, "passwd").slice(1))],
      "no matching",
    ],
    ["below a link to the host's directory", () => [link("etc", outside)], "no matching"],
    ["below a chain of links", () => [link("a", "/"), link("etc", `a${outside}`)], "no matching"],
    ["a link to /dev/zero", () => [directory("etc"), link("etc/passwd", "/dev/zero")], "no matching"],
    [
      "a link to the process's own descriptors",
      () => [directory("etc"), link("etc/passwd", "/proc/self/fd/0")],
      "no matching",
    ],
    ["a link without end", () => [directory("etc"), link("etc/passwd", "passwd")], "no matching"],
    [
      "the device /dev/zero",
      () => [directory("etc"), { name: "etc/passwd", type: "3", major: 1, minor: 5 }],
      "not a regular file",
    ],
    [
      "a link to one in the image",
      () => [
        directory("etc"),
        directory("dev"),
        { name: "dev/zero", type: "3", major: 1, minor: 5 },
        link("etc/passwd", "/dev/zero"),
      ],
      "not a regular file",
    ],
    ["a FIFO", () => [directory("etc"), { name: "etc/passwd", type: "6" }], "not a regular file"],
    ["a directory", () => [directory("etc"), directory("etc/passwd")], "not a regular file"],
    [
      "huge",
      () => [directory("etc"), { name: "etc/passwd", content: Buffer.alloc(2 ** 20 + 1, "evil:x:0:0::/:\n") }],
      "larger than",
    ],
  ])("%s", async (_, parts, why) => {
    await load({ User: "evil" }, parts());
    refusedInOneLine(await bundle(), why);
  });
});

describe("the image's WorkingDir (CVE-2024-21626)", () => {
  it.each<[string, () => TarPart[]]>([
    ["/proc/self/fd/7", () => []],
    ["/proc/self/fd/7/../../..", () => []],
    ["/proc/1/root", () => []],
    ["/proc/self/cwd", () => []],
    ["../..", () => []],
    ["/link", () => [link("link", "OUTSIDE")]],
    ["/link/new", () => [link("link", "OUTSIDE")]],
    ["link", () => [link("link", "../../../../../..OUTSIDE")]],
    ["/new/directory", () => []],
  ])("%s is in the container, or refused", async (WorkingDir, parts) => {
    await load(
      { WorkingDir },
      parts().map((part) => ({ ...part, link: part.link?.replace("OUTSIDE", outside) ?? "" })),
    );
    for (const flags of [[], ["-w", WorkingDir]].slice(0, WorkingDir.startsWith("/") ? 2 : 1)) {
      const { code, stdout, stderr } = await sandbox.tool("mydocker", [
        ...["run", "--rm", ...flags, "image", "sh", "-c"],
        "cat passwd; cat ../passwd; cat ../../../../etc/passwd; echo > new-file; ls -d ../../../../../../../bin/busybox",
      ]);
      expect(stdout).not.toContain("evil");
      if (code === 0) expect(stdout).toContain("bin/busybox");
      else expect(stderr.trim().split("\n").at(-1)).toMatch(/^mydocker-/);
    }
  });
});

describe("the image's Volumes (CVE-2022-23648)", () => {
  it.each<[string, () => TarPart[], string | undefined]>([
    ["../..", () => [], undefined],
    ["/../../../etc", () => PASSWD, "/etc"],
    ["", () => [], undefined],
    ["/", () => [], undefined],
    ["/link", () => [link("link", "OUTSIDE")], "/link"],
    ["/a/../link/sub", () => [link("link", "OUTSIDE")], "/link/sub"],
    ["link/../../..", () => [link("link", "OUTSIDE")], undefined],
  ])("%j gets nothing of the host's", async (volume, parts, destination) => {
    await load(
      { Volumes: { [volume]: {} } },
      parts().map((part) => ({ ...part, link: part.link?.replace("OUTSIDE", outside) ?? "" })),
    );
    const config = parsed(await bundle());
    const own = join(sandbox.paths.root, "containers/hostile/volumes");
    const volumes = (config.mounts ?? []).filter(({ source = "" }) => source.startsWith(own));
    expect(volumes.map((mount) => mount.destination)).toEqual(destination === undefined ? [] : [destination]);
    const { stdout } = await sandbox.shell(
      `grep -r evil ${sandbox.paths.root}/containers ${sandbox.paths.root}/volumes 2>/dev/null`,
    );
    expect(stdout).toBe("");
    await sandbox.tool("mydocker-image", ["release", "hostile"]);
    const ran = await sandbox.tool("mydocker", [
      "run",
      "--rm",
      "image",
      "sh",
      "-c",
      `cat ${destination ?? "/"}/passwd`,
    ]);
    expect(ran.stdout).not.toContain("evil");
  });
});

describe("an image in which a link stands for what is mounted on (CVE-2026-41579, CVE-2019-16884)", () => {
  const targets = {
    absolute: () => outside,
    relative: () => `${"../".repeat(20)}${outside.slice(1)}`,
    self: () => "/proc/self/root",
  };
  const cases = ["dev", "proc", "sys", "etc", "etc/hosts", "etc/resolv.conf", "dev/shm"].flatMap((name) =>
    Object.keys(targets).map((target) => [name, target as keyof typeof targets] as const),
  );
  it.each(cases)("/%s, %s", async (name, target) => {
    const parent = name.includes("/") ? [directory(name.slice(0, name.indexOf("/")))] : [];
    await load({}, [...parent, link(name, targets[target]())]);
    const { code, stdout, stderr } = await sandbox.tool("mydocker", [
      "run",
      "--rm",
      "image",
      "sh",
      "-c",
      `cat /${name}/passwd /${name}; echo ran`,
    ]);
    expect(stdout).not.toContain("evil");
    if (!stdout.includes("ran")) {
      expect(code).toBe(125);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});
