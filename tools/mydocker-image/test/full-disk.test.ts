import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

const MEBIBYTE = 2 ** 20;
/** Of what comes: as a blob, and as much again unpacked. */
const SIZE = 12;

let sandbox: Sandbox;
let registry: TestRegistry;
let large: string;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const must = async (args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await image(args);
  expect({ code, stderr, args }).toMatchObject({ code: 0, stderr: "" });
  return stdout.trim();
};
const file = (name: string): string => join(sandbox.directory, name);

/** The store's file system with so many MiB left. */
const leave = (mebibytes: number): void => {
  const { blocks, bfree, bsize } = statfsSync(sandbox.paths.root);
  const size = (blocks - bfree) * bsize + mebibytes * MEBIBYTE;
  execFileSync("mount", ["-o", `remount,size=${size}`, sandbox.paths.root]);
};
const store = async (): Promise<string> => {
  const { stdout } = await sandbox.shell(
    `cd ${sandbox.paths.root}; find images layers stacks l tmp containers -printf '%p %s\\n' | grep -Ev '^(tmp|l) [0-9]|^l/' | sort; cat images/index.json`,
  );
  return stdout;
};

beforeAll(async () => {
  sandbox = makeSandbox();
  mkdirSync(sandbox.paths.root, { mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=700,size=200m", "tmpfs", sandbox.paths.root]);
  registry = await startRegistry(file("registry"));
  const small = tarArchive([{ name: "small", content: "x" }]);
  // Two layers, so that one can be there when there is no room for the other.
  const halves = [1, 2].map((number) =>
    tarArchive([{ name: `half${number}`, content: randomBytes((SIZE / 2) * MEBIBYTE) }]),
  );
  await putImage(`http://${registry.host}`, "small:1", composeImage([small]));
  await putImage(`http://${registry.host}`, "large:1", composeImage([small, ...halves]));
  large = `${registry.host}/large:1`;
  await must(["pull", "-q", large]);
  await must(["save", "-o", file("large.tar"), large]);
  await must(["remove", large]);
  await must(["pull", "-q", `${registry.host}/small:1`]);
  await must(["bundle", "--id", "keeper", `${registry.host}/small:1`]);
  await sandbox.shell(`head -c ${SIZE * MEBIBYTE} /dev/urandom > ${sandbox.paths.root}/containers/keeper/upper/large`);
  await sandbox.shell(`tar -C ${sandbox.paths.root}/containers/keeper/upper -cf ${file("tree.tar")} .`);
});

afterAll(async () => {
  await image(["release", "keeper"]);
  execFileSync("umount", [sandbox.paths.root]);
  await registry.stop();
  await sandbox.cleanUp();
});

describe.each<[string, () => string[]]>([
  ["pull", () => ["pull", "-q", large]],
  ["pull with umoci", () => ["pull", "-q", "--driver=umoci", large]],
  ["pull with skopeo", () => ["pull", "-q", "--transport=skopeo", large]],
  ["load", () => ["load", "-i", file("large.tar")]],
  ["commit", () => ["commit", "keeper", "committed:1"]],
  ["import", () => ["import", file("tree.tar"), "imported:1"]],
])("a disk that is full in the middle of %s", (_, call) => {
  it.each([0, 3, 7, 10, 14, 20])(
    "is told of in one line, and the store is as it was, with %i MiB left",
    async (left) => {
      const before = await store();
      leave(left);
      try {
        const { code, stdout, stderr } = await image(call());
        expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
        expect(stderr.trim().split("\n")).toHaveLength(1);
        expect(stderr).toMatch(/ENOSPC|no space left/i);
        // skopeo's own words are the answer where it is skopeo that has no room.
        if (!stderr.includes("writing blob")) expect(stderr).toContain("; try: make room");
      } finally {
        leave(100);
      }
      expect(await store()).toBe(before);
      expect(JSON.parse(await must(["verify"]))).toMatchObject({ images: 1, layers: 1, problems: [] });
    },
  );

  it("is of no consequence once there is room", async () => {
    const before = await store();
    await must(call());
    const listed: { reference: string }[] = JSON.parse(await must(["list"]));
    await must(["remove", ...listed.map(({ reference }) => reference).filter((name) => !name.includes("small"))]);
    expect(await store()).toBe(before);
  });
});
