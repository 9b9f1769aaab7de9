import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};
const layer = (text: string): Buffer => tarArchive([{ name: "file", content: text.repeat(1000) }]);

const pulled = async (name: string, created: string): Promise<string> => {
  await putImage(`http://${registry.host}`, name, composeImage([layer(name), layer("s")], { outer: { created } }));
  const reference = `${registry.host}/${name}`;
  expect(await image(["pull", "-q", reference])).toMatchObject({ code: 0 });
  return reference;
};

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

it("takes away what no image needs any more, and counts what that is", async () => {
  const name = await pulled("changing:1", "2020-01-01T00:00:00Z");
  await putImage(`http://${registry.host}`, "changing:1", composeImage([layer("another")]));
  expect(await image(["pull", "-q", name])).toMatchObject({ code: 0 });
  const preview = JSON.parse((await image(["prune", "--dry-run"])).stdout);
  expect(preview).toMatchObject({ untagged: [], deleted: [] });
  expect(preview.bytes).toBeGreaterThan(11_000);
  const { stdout } = await sandbox.tool("mydocker", ["image", "prune", "-f"]);
  expect(stdout).toMatch(/^Total reclaimed space: 1\d\.\d+kB\n$/);
  expect(entries("layers")).toHaveLength(2);
  expect(JSON.parse((await image(["prune"])).stdout)).toEqual({ untagged: [], deleted: [], bytes: 0 });
  await image(["remove", name]);
});

it("takes images away that no container was made of", async () => {
  const [used, old, young] = [
    await pulled("used:1", "2020-01-01T00:00:00Z"),
    await pulled("old:1", "2020-01-01T00:00:00Z"),
    await pulled("young:1", "2026-01-01T00:00:00Z"),
  ];
  expect(await image(["bundle", "--id", "user", used])).toMatchObject({ code: 0 });
  const pruned = await sandbox.tool("mydocker", ["image", "prune", "-af", "--filter", "until=2025-01-01"]);
  expect(pruned.stdout).toMatch(new RegExp(`^Deleted Images:\nuntagged: ${old}\ndeleted: sha256:.*\n\nTotal`));
  expect((await image(["prune", "--all"])).stdout).toContain(young);
  expect((await image(["list"])).stdout).toContain(used);
  expect(entries("layers")).toHaveLength(4);
  await image(["release", "user"]);
  expect((await image(["prune", "-a"])).stdout).toContain(used);
  expect([entries("layers"), entries("images/blobs/sha256")]).toEqual([[], []]);
  expect((await image(["prune", "--filter", "until=soon"])).code).toBe(125);
});
