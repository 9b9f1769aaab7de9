import { chmodSync, lchownSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { composeImage, putImage } from "./test-image.ts";
import { LAYERS } from "./tree.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
let name: string;
let lowest: string;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const verify = async (): Promise<{
  code: number;
  images: number;
  blobs: number;
  layers: number;
  problems: string[];
}> => {
  const { code, stdout } = await image(["verify"]);
  return { code, ...JSON.parse(stdout) };
};

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  await putImage(`http://${registry.host}`, "verified:1", composeImage(LAYERS));
  name = `${registry.host}/verified:1`;
});

beforeEach(async () => {
  for (const part of ["images", "layers", "stacks"])
    rmSync(join(sandbox.paths.root, part), { recursive: true, force: true });
  expect(await image(["pull", "-q", name])).toMatchObject({ code: 0, stderr: "" });
  lowest = (await image(["unpack", name])).stdout.trim().split("\n").at(-1) ?? "";
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

it("finds nothing where all is well", async () => {
  await image(["tag", name, "again:1"]);
  expect(await verify()).toEqual({ code: 0, images: 2, blobs: 6, layers: 4, discarded: 0, problems: [] });
  expect((await image(["verify", "no/such"])).code).toBe(1);
});

it.each<[string, (path: string) => void, string]>([
  ["a file is gone", (path) => rmSync(join(path, "lib/two")), '"lib/two" is missing'],
  ["a content is another", (path) => writeFileSync(join(path, "lib/two"), "3"), '"lib/two" has another content'],
  ["a file has grown", (path) => writeFileSync(join(path, "lib/two"), "22"), '"lib/two" has another size'],
  ["a mode is another", (path) => chmodSync(join(path, "etc"), 0o777), '"etc" has another mode'],
  ["an owner is another", (path) => lchownSync(join(path, "link"), 0, 0), '"link" has another owner'],
  [
    "a link leads elsewhere",
    (path) => {
      rmSync(join(path, "link"));
      symlinkSync("/etc", join(path, "link"));
      lchownSync(join(path, "link"), 4, 0);
    },
    '"link" is a link to something else',
  ],
  ["there is something more", (path) => writeFileSync(join(path, "lib/more"), ""), '"lib/more" is in no archive'],
])("finds that %s", async (_, change, problem) => {
  change(lowest);
  const { code, problems } = await verify();
  expect(code).toBe(1);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

it("finds blobs that are damaged, or gone, and layers that are", async () => {
  const blobs = join(sandbox.paths.root, "images/blobs/sha256");
  const { layers } = JSON.parse((await image(["inspect", name])).stdout);
  const [first, second] = layers.map(({ digest }: { digest: string }) => join(blobs, digest.slice(7)));
  const bytes = readFileSync(first);
  writeFileSync(first, bytes.fill(0, bytes.length - 20));
  rmSync(second);
  rmSync(lowest, { recursive: true });
  const { problems } = await verify();
  expect(problems).toHaveLength(3);
  expect(problems.join("\n")).toMatch(/not all of its layers.*\n.*damaged|another.*\n.*ENOENT/s);
  expect(readdirSync(blobs)).toHaveLength(5);
});
