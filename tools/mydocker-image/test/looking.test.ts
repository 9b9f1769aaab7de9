import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
let name: string;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const mydocker = (args: string[]) => sandbox.tool("mydocker", args);

const HISTORY = [
  { created: "2026-01-01T00:00:00Z", created_by: "ADD base", comment: "first" },
  { created: "2026-01-02T00:00:00Z", created_by: "CMD sh", empty_layer: true },
  { created: "2026-01-03T00:00:00Z", created_by: "RUN something that is longer than what a table has room for" },
];
const LAYERS = [
  tarArchive([
    { name: "etc/", type: "5" },
    { name: "etc/config", content: "lower" },
    { name: "etc/gone", content: "x" },
    { name: "large", content: "x".repeat(5000) },
    { name: "outside", type: "2", link: "/etc/hostname" },
    { name: "inside", type: "2", link: "/etc/config" },
  ]),
  tarArchive([
    { name: "etc/", type: "5" },
    { name: "etc/config", content: "the upper one" },
    { name: "etc/.wh.gone", content: "" },
    { name: "added", content: "x".repeat(300) },
  ]),
];

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  await putImage(`http://${registry.host}`, "looked/at:1", composeImage(LAYERS, { outer: { history: HISTORY } }));
  name = `${registry.host}/looked/at:1`;
  expect(await image(["pull", "-q", name])).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

describe("history", () => {
  it("tells the last step first, and which have a layer", async () => {
    const steps = JSON.parse((await image(["history", name])).stdout);
    expect(steps.map(({ createdBy }: { createdBy: string }) => createdBy.slice(0, 6))).toEqual([
      "RUN so",
      "CMD sh",
      "ADD ba",
    ]);
    expect(steps.map(({ layer }: { layer?: { size: number } }) => layer?.size)).toEqual([313, undefined, 5006]);
    expect((await image(["history", "no/such"])).code).toBe(1);
  });

  it("is docker's table", async () => {
    const { stdout } = await mydocker(["history", "-H=false", name]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s{2,}/));
    expect(lines[0]).toEqual(["IMAGE", "CREATED AT", "CREATED BY", "SIZE", "COMMENT"]);
    expect(lines[1]?.slice(1, 4)).toEqual([
      "2026-01-03T00:00:00Z",
      "RUN something that is longer than what a tab…",
      "313",
    ]);
    expect(lines[3]).toEqual(["<missing>", "2026-01-01T00:00:00Z", "ADD base", "5006", "first"]);
    expect((await mydocker(["history", "--format={{.Size}}", name])).stdout).toBe("313B\n0B\n5.01kB\n");
    expect(await mydocker(["image", "history", "no/such"])).toMatchObject({ code: 1 });
  });
});

it("inspect tells all names of an image, and where it is", async () => {
  await image(["tag", name, "other/name:2"]);
  const [inspected] = JSON.parse((await mydocker(["inspect", name])).stdout);
  expect(inspected.RepoTags).toEqual([name, "other/name:2"]);
  expect(inspected.RepoDigests).toHaveLength(2);
  expect(inspected.GraphDriver.Data.LowerDir.split(":")).toHaveLength(2);
  expect(inspected.RootFS.Layers).toHaveLength(2);
  await image(["remove", "other/name:2"]);
});

describe("cat", () => {
  it("writes what a container would see", async () => {
    expect(await image(["cat", name, "/etc/config"])).toEqual({ code: 0, stdout: "the upper one", stderr: "" });
    expect((await image(["cat", name, "inside"])).stdout).toBe("the upper one");
    const large = await sandbox.shell(`mydocker-image cat ${name} large | wc -c`);
    expect(large.stdout).toBe("5000\n");
  });

  it.each([
    ["/etc/gone", "no such file"],
    ["/outside", "no such file"],
    ["/etc", "a directory"],
    ["../../../../../etc/hostname", "no such file"],
  ])("has no %s", async (path, why) => {
    const { code, stdout, stderr } = await image(["cat", name, path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(why);
  });
});

it("layers tells where the bytes are", async () => {
  const layers = JSON.parse((await image(["layers", "--files", name])).stdout);
  expect(layers).toMatchObject([
    { size: 5006, added: 5, changed: 0, removed: 0, hidden: 6 },
    {
      size: 313,
      added: 1,
      changed: 1,
      removed: 1,
      hidden: 0,
      files: [
        { change: "added", path: "added", size: 300 },
        { change: "changed", path: "etc/config", size: 13 },
        { change: "removed", path: "etc/gone", size: 0 },
      ],
    },
  ]);
  expect(layers[0].files[0]).toEqual({ change: "added", path: "large", size: 5000 });
  expect(JSON.parse((await image(["layers", name])).stdout)[0].files).toBeUndefined();
});
