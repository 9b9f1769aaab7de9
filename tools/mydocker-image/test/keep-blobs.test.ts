import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { type ComposedImage, composeImage, putImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
let own: ComposedImage;
const image = (args: string[], env: Record<string, string> = {}) => sandbox.tool("mydocker-image", args, { env });
const layer = (content: string): Buffer => tarArchive([{ name: content, content }]);
const blobs = (): string[] => readdirSync(join(sandbox.paths.root, "images/blobs/sha256"));
const verify = async () => JSON.parse((await image(["verify"])).stdout);
const name = (repository: string): string => `${registry.host}/${repository}:1`;

/** Two images on the same base. */
beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  own = composeImage([layer("base"), layer("own")]);
  await putImage(`http://${registry.host}`, "own:1", own);
  await putImage(`http://${registry.host}`, "other:1", composeImage([layer("base"), layer("other")]));
});

afterEach(async () => {
  for (const { reference } of JSON.parse((await image(["list"])).stdout)) await image(["remove", reference]);
  expect(blobs()).toEqual([]);
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

it.each<[string, string[], Record<string, string>]>([
  ["--keep-blobs=false", ["--keep-blobs=false"], {}],
  ["MYDOCKER_KEEP_BLOBS=false", [], { MYDOCKER_KEEP_BLOBS: "false" }],
  ["--keep-blobs=false, by skopeo", ["--keep-blobs=false", "--transport=skopeo"], {}],
])("%s leaves the documents, and what is unpacked", async (_, flags, env) => {
  expect(await image(["pull", "-q", ...flags, name("own")], env)).toMatchObject({ code: 0, stderr: "" });
  // Manifest and config.
  expect(blobs()).toHaveLength(2);
  expect((await image(["cat", name("own"), "/own"])).stdout).toBe("own");
  const run = await sandbox.shell(`mydocker-image bundle ${name("own")} | jq -r .annotations[\\"io.mydocker.id\\"]`);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  await image(["release", run.stdout.trim()]);
  expect(await verify()).toEqual({ images: 1, blobs: 2, layers: 0, discarded: 2, problems: [] });
  await image(["gc"]);
  expect((await image(["cat", name("own"), "/base"])).stdout).toBe("base");
});

it("says why such an image cannot be sent or written, and how it can", async () => {
  await image(["pull", "-q", "--keep-blobs=false", name("own")]);
  for (const call of [
    ["push", "-q", name("own"), `${registry.host}/elsewhere:1`],
    ["save", name("own"), "-o", join(sandbox.directory, "own.tar")],
  ]) {
    const { code, stderr } = await image(call);
    expect(code).toBe(125);
    expect(stderr).toContain(`no longer there as it came`);
    expect(stderr).toContain(`; try: mydocker-image pull --keep-blobs=true ${name("own")}\n`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
  expect(existsSync(join(sandbox.directory, "own.tar"))).toBe(false);
  // Where they are already, nothing has to be sent.
  expect(await image(["push", "-q", name("own"), name("own")])).toMatchObject({ code: 0 });
  await image(["pull", "-q", "--keep-blobs=true", name("own")]);
  expect(blobs()).toHaveLength(4);
  expect(await image(["push", "-q", name("own"), `${registry.host}/elsewhere:1`])).toMatchObject({ code: 0 });
  expect(await verify()).toMatchObject({ layers: 2, discarded: 0, problems: [] });
});

it("leaves what another image has, and fetches what is unpacked from nowhere again", async () => {
  await image(["pull", "-q", name("other")]);
  await image(["pull", "-q", "--keep-blobs=false", name("own")]);
  expect(await verify()).toMatchObject({ images: 2, layers: 2, discarded: 1, problems: [] });
  await image(["remove", name("other")]);
  const again = await image(["pull", "--keep-blobs=false", name("own")]);
  expect(again.stderr.match(/: already there$/gm)).toHaveLength(2);
  expect(await verify()).toMatchObject({ images: 1, layers: 0, discarded: 2, problems: [] });
});

it.each<[string, string[], object]>([
  ["what it has fetched", [], { images: 2, layers: 3, discarded: 0 }],
  ["what it had not removed before", ["--keep-blobs=false"], { images: 2, layers: 2, discarded: 1 }],
])("keeps %s while another image is damaged: nobody knows what that needs", async (_, before, verified) => {
  await image(["pull", "-q", ...before, name("own")]);
  await image(["pull", "-q", name("other")]);
  const kept = blobs();
  const list = JSON.parse((await image(["list"])).stdout) as { reference: string; digest: string }[];
  const { digest = "" } = list.find(({ reference }) => reference === name("other")) ?? {};
  const manifest = join(sandbox.paths.root, "images/blobs/sha256", digest.slice("sha256:".length));
  const bytes = readFileSync(manifest);
  writeFileSync(manifest, "");
  try {
    const { code, stderr } = await image(["pull", "-q", "--keep-blobs=false", name("own")]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`image ${name("other")}: `) });
    expect(stderr.trim().split("\n")).toHaveLength(1);
  } finally {
    writeFileSync(manifest, bytes);
  }
  expect(blobs()).toEqual(kept);
  expect(await verify()).toEqual({ blobs: kept.length, problems: [], ...verified });
});

it("takes a blob that is gone without having been discarded for a damage", async () => {
  await image(["pull", "-q", name("own")]);
  const { layers } = JSON.parse(own.manifest.bytes.toString()) as { layers: { digest: string }[] };
  await sandbox.shell(`rm ${sandbox.paths.root}/images/blobs/sha256/${layers[0]?.digest.slice(7)}`);
  expect((await verify()).problems).toHaveLength(1);
});

it.each([
  [["pull", "--keep-blobs=no", "x"], {}, "--keep-blobs: expected true or false"],
  [["pull", "x"], { MYDOCKER_KEEP_BLOBS: "0" }, "MYDOCKER_KEEP_BLOBS: expected true or false"],
  [["pull", "--driver=erofs", "x"], {}, "--driver erofs: it takes mkfs.erofs 1.7 or newer"],
])("refuses %s with %j", async (args, env, why) => {
  const { code, stderr } = await image(args, env);
  expect(code).toBe(125);
  expect(stderr).toContain(why);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
