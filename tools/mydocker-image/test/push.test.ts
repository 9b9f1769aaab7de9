import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fakeRegistry } from "./fake-registry.ts";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const layer = (text: string): Buffer => tarArchive([{ name: "file", content: text }]);

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

it.each([false, true])("sends an image as it is, docker's kind: %s", async (docker) => {
  const composed = composeImage([layer(`one ${docker}`), layer(`two ${docker}`)], { docker });
  const { digest, mediaType } = composed.manifest;
  await putImage(`http://${registry.host}`, "from:1", composed);
  const [from, to] = [`${registry.host}/from:1`, `${registry.host}/some/where/to:2`];
  await image(["pull", "-q", from]);
  const pushed = await image(["push", from, to]);
  expect(pushed).toMatchObject({ code: 0, stdout: `${to} ${digest}\n` });
  expect(pushed.stderr.match(/: sent$/gm)).toHaveLength(3);
  const answer = await fetch(`http://${registry.host}/v2/some/where/to/manifests/2`, {
    headers: { Accept: mediaType },
  });
  expect([answer.headers.get("content-type"), answer.headers.get("docker-content-digest")]).toEqual([
    mediaType,
    digest,
  ]);
  const again = await image(["push", from, to]);
  expect(again.stderr.match(/: already there$/gm)).toHaveLength(3);
  expect(await image(["remove", from])).toMatchObject({ code: 0 });
  expect(await image(["pull", "-q", to])).toMatchObject({ code: 0, stdout: `${to} ${digest}\n` });
  expect(await image(["remove", to])).toMatchObject({ code: 0 });
});

it("sends what has been given a name for it", async () => {
  await putImage(`http://${registry.host}`, "from:1", composeImage([layer("tagged")]));
  const [from, to] = [`${registry.host}/from:1`, `${registry.host}/tagged:latest`];
  await image(["pull", "-q", from]);
  expect(await image(["tag", from, `${registry.host}/tagged`])).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(await image(["push", "-q", to])).toMatchObject({ code: 0, stderr: "" });
  expect(await image(["remove", from])).toMatchObject({ stdout: `Untagged: ${from}\n` });
  expect((await image(["remove", to])).stdout).toContain("Deleted: ");
});

it("is there under docker's names", async () => {
  await putImage(`http://${registry.host}`, "from:1", composeImage([layer("front end")]));
  const [from, to] = [`${registry.host}/from:1`, `${registry.host}/front/end:1`];
  const calls = [
    ["pull", "-q", from],
    ["tag", from, to],
    ["image", "push", "-q", to],
    ["push", "--quiet", to],
  ];
  for (const call of [...calls, ["rmi", from, to]]) {
    expect(await sandbox.tool("mydocker", call)).toMatchObject({ code: 0, stderr: "" });
  }
});

it("says why it cannot, in one line", async () => {
  const composed = composeImage([layer("refused")]);
  await putImage(`http://${registry.host}`, "from:1", composed);
  const from = `${registry.host}/from:1`;
  await image(["pull", "-q", from]);
  const empty = { ...composed, blobs: new Map<string, Buffer>() };
  const fake = await fakeRegistry(empty, ({ method }, response) => {
    if (method !== "POST") return false;
    response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"not here"}]}');
    return true;
  });
  try {
    const { code, stderr } = await image(["push", "-q", from, `${fake.host}/x:1`]);
    expect(code).toBe(125);
    expect(stderr).toMatch(/access denied for .* \(not here\); try: mydocker login/);
  } finally {
    await fake.stop();
  }
  expect((await image(["push", "no-such-image"])).stderr).toContain("No such image");
  expect((await image(["push", "-q", from, "127.0.0.1:1/x"])).stderr).toContain("cannot be reached");
  expect((await image(["push", "--dry-run", from, "x/y"])).stdout).toContain("to docker://docker.io/x/y:latest");
  await image(["remove", from]);
});
