import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type TarPart, tarArchive } from "./tar-archive.ts";
import { composeImage, makeImage, putImage, sha256 } from "./test-image.ts";

let sandbox: Sandbox;
let registry: TestRegistry;
let podman: string;
const image = (args: string[], input?: string) =>
  sandbox.tool("mydocker-image", args, input === undefined ? {} : { input });
const list = async (): Promise<{ reference: string; id: string; digest: string }[]> =>
  JSON.parse((await image(["list"])).stdout);
const layer = (text: string): Buffer => tarArchive([{ name: "file", content: text }]);
const file = (name: string): string => join(sandbox.directory, name);

const pulled = async (name: string, docker = false): Promise<string> => {
  await putImage(`http://${registry.host}`, name, composeImage([layer(name), layer("shared")], { docker }));
  const reference = `${registry.host}/${name}`;
  expect(await image(["pull", "-q", reference])).toMatchObject({ code: 0 });
  return reference;
};

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  podman = `podman --root ${file("podman")}/root --runroot ${file("podman")}/run --storage-driver overlay`;
});

afterEach(async () => {
  for (const { reference } of await list()) await image(["remove", reference]);
});

afterAll(async () => {
  await sandbox.shell(`${podman} rmi -fa; umount ${file("podman")}/root/overlay; true`);
  await registry.stop();
  await sandbox.cleanUp();
});

it.each([false, true])("what is saved is loaded as it was, docker's kind: %s", async (docker) => {
  const names = [await pulled("saved:1", docker), await pulled("saved:2", docker)];
  await image(["tag", names[0] ?? "", "alias:3"]);
  const before = await list();
  expect(await image(["save", "-o", file("saved.tar"), ...names, "alias:3"])).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  for (const { reference } of before) await image(["remove", reference]);
  const loaded = await image(["load", "-i", file("saved.tar")]);
  expect(loaded).toMatchObject({ code: 0, stderr: "" });
  expect(loaded.stdout.trim().split("\n").sort()).toEqual(
    before.map(({ reference, digest }) => `${reference} ${digest}`).sort(),
  );
  expect((await list()).map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
});

it("is the same archive every time, and may be compressed", async () => {
  const name = await pulled("same:1");
  const script = `mydocker-image save ${name} | tee ${file("one.tar")} | zstd -q > ${file("one.tar.zst")}`;
  await sandbox.shell(`${script}; mydocker-image save ${name} > ${file("two.tar")}`);
  expect(readFileSync(file("one.tar")).equals(readFileSync(file("two.tar")))).toBe(true);
  await image(["remove", name]);
  const loaded = await sandbox.shell(`mydocker load < ${file("one.tar.zst")}`);
  expect(loaded).toEqual({ code: 0, stdout: `Loaded image: ${name}\n`, stderr: "" });
});

it("goes to podman, and comes back", async () => {
  const name = await pulled("podman:1");
  const [{ id } = { id: "" }] = await list();
  await sandbox.shell(`mydocker save -o ${file("to.tar")} ${name}`);
  const there = await sandbox.shell(`${podman} load -q -i ${file("to.tar")} && ${podman} images --no-trunc -q`);
  expect(there.stdout).toContain(name);
  expect(there.stdout).toContain(id);
  await image(["remove", name]);
  for (const format of ["docker-archive", "oci-archive"]) {
    const back = await sandbox.shell(
      `${podman} save -q --format ${format} ${name} | mydocker-image load --name ${name}`,
    );
    expect(back).toMatchObject({ code: 0, stderr: "" });
    const [found] = await list();
    expect(found?.reference).toBe(name);
    const { layers } = JSON.parse((await image(["inspect", name])).stdout);
    expect(layers.map(({ diffId }: { diffId: string }) => diffId)).toEqual(
      [layer("podman:1"), layer("shared")].map((data) => `sha256:${sha256(data)}`),
    );
    await image(["remove", name]);
  }
});

it("takes an OCI layout that has no name", async () => {
  makeImage(file("layout"), [layer("unnamed")]);
  const index = JSON.parse(readFileSync(join(file("layout"), "index.json"), "utf8"));
  delete index.manifests[0].annotations;
  writeFileSync(join(file("layout"), "index.json"), JSON.stringify(index));
  await sandbox.shell(`tar -C ${file("layout")} -cf ${file("layout.tar")} .`);
  const refused = await image(["load", "-i", file("layout.tar")]);
  expect(refused.code).toBe(125);
  expect(refused.stderr).toContain("--name NAME[:TAG]");
  expect(await image(["load", "-i", file("layout.tar"), "--name", "named"])).toMatchObject({
    code: 0,
    stdout: `docker.io/library/named:latest ${index.manifests[0].digest}\n`,
  });
});

it("takes docker's own of old, with a layer that is a link", async () => {
  const data = layer("old");
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(data)}`, `sha256:${sha256(data)}`] },
  });
  const parts: TarPart[] = [
    { name: "config.json", content: config },
    { name: "a/layer.tar", content: data },
    { name: "b/layer.tar", type: "2", link: "../a/layer.tar" },
    {
      name: "manifest.json",
      content: JSON.stringify([{ Config: "config.json", RepoTags: ["old:1"], Layers: ["a/layer.tar", "b/layer.tar"] }]),
    },
  ];
  writeFileSync(file("old.tar"), tarArchive(parts));
  const loaded = await sandbox.shell(`mydocker load -i ${file("old.tar")}`);
  expect(loaded).toMatchObject({ code: 0, stdout: "Loaded image: old:1\n" });
  expect((await list())[0]?.id).toBe(`sha256:${sha256(config)}`);
});

const hostile = (list: unknown, more: TarPart[] = []): Buffer =>
  tarArchive([{ name: "manifest.json", content: JSON.stringify(list) }, ...more]);
const secret = "/etc/hostname";
it.each<[string, () => Buffer, string]>([
  ["no archive", () => Buffer.from("x".repeat(2000)), "not a tar archive"],
  ["an archive of something else", () => layer("x"), "no image"],
  ["a config that is not there", () => hostile([{ Config: "c", RepoTags: [], Layers: [] }]), "has no"],
  ["a config outside", () => hostile([{ Config: secret, RepoTags: ["x"], Layers: [] }]), "has no"],
  [
    "a link to outside",
    () => hostile([{ Config: "c", RepoTags: ["x"], Layers: [] }], [{ name: "c", type: "2", link: secret }]),
    "has no",
  ],
  [
    "links without end",
    () => hostile([{ Config: "c", RepoTags: ["x"], Layers: [] }], [{ name: "c", type: "2", link: "c" }]),
    "has no",
  ],
  [
    "a name that is none",
    () => hostile([{ Config: "c", RepoTags: ["../X"], Layers: [] }], [{ name: "c", content: "{}" }]),
    "image reference",
  ],
  [
    "a blob that is another",
    () =>
      tarArchive([
        {
          name: "index.json",
          content: JSON.stringify({
            manifests: [
              { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"0".repeat(64)}`, size: 1 },
            ],
          }),
        },
        { name: `blobs/sha256/${"0".repeat(64)}`, content: "{}" },
      ]),
    "its content is another",
  ],
])("refuses %s in one line", async (_, archive, why) => {
  mkdirSync(file("hostile"), { recursive: true });
  writeFileSync(file("hostile/archive.tar"), archive());
  const { code, stdout, stderr } = await image(["load", "-i", file("hostile/archive.tar")]);
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  expect(stderr).toContain(why);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(await list()).toEqual([]);
});

it("says no to what cannot be", async () => {
  expect((await image(["save", "no/such"])).code).toBe(1);
  expect((await image(["save", "-o", "/no/such/directory/file", "busybox"])).code).not.toBe(0);
  expect((await image(["load", "-i", "/no/such"])).stderr).toContain("ENOENT");
});
