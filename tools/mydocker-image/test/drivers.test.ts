import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { composeImage, type ImageChanges, putImage } from "./test-image.ts";
import { LAYERS, tellTree, treeOf } from "./tree.ts";

let sandbox: Sandbox;
let registry: TestRegistry;

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

it.each<[string, ImageChanges]>([
  ["gzip", {}],
  ["zstd", { compression: "zstd" }],
  ["xz", { compression: "xz" }],
  ["no compression", { compression: "none" }],
  ["docker's schema 2", { docker: true }],
])("umoci and overlay make the same tree of layers in %s", async (name, changes) => {
  const tag = `same:${name.replaceAll(/[^a-z0-9]/g, "-")}`;
  await putImage(`http://${registry.host}`, tag, composeImage(LAYERS, changes));
  const reference = `${registry.host}/${tag}`;
  const overlay = await treeOf(sandbox, reference, "overlay", ["--driver=overlay"]);
  expect(overlay.split("\n").length).toBeGreaterThan(16);
  expect(await treeOf(sandbox, reference, "umoci", ["--driver=umoci"])).toBe(overlay);
});

it("podman makes the same tree of what was pushed", async () => {
  // Of a directory that a layer does not tell of podman keeps nothing; and the root that it shows is closed to writing.
  const told = LAYERS.filter((_, index) => index !== 2);
  const withoutRoot = (tree: string): string => tree.slice(tree.indexOf("\n"));
  await putImage(`http://${registry.host}`, "there:1", composeImage(told));
  const [from, to] = [`${registry.host}/there:1`, `${registry.host}/back:1`];
  const ours = await treeOf(sandbox, from, "overlay");
  const env = { MYDOCKER_ROOT: join(sandbox.directory, "store-push") };
  for (const call of [
    ["pull", "-q", from],
    ["push", "-q", from, to],
  ]) {
    expect(await sandbox.tool("mydocker-image", call, { env })).toMatchObject({ code: 0, stderr: "" });
  }
  const state = join(sandbox.directory, "podman");
  const podman = `podman --root ${state}/root --runroot ${state}/run --storage-driver overlay`;
  const mounted = await sandbox.shell(
    `${podman} pull -q --tls-verify=false ${to} >/dev/null && ${podman} image mount ${to}`,
  );
  try {
    expect(mounted.code).toBe(0);
    expect(withoutRoot(await tellTree(sandbox, mounted.stdout.trim()))).toBe(withoutRoot(ours));
  } finally {
    await sandbox.shell(`${podman} image umount -a; ${podman} rmi -fa; umount ${state}/root/overlay; true`);
  }
});
