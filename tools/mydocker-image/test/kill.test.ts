import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

/** Fewer or more of them: KILL_ROUNDS=33. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 100);

let sandbox: Sandbox;
let registry: TestRegistry;
const image = (args: string[]) => sandbox.tool("mydocker-image", args);
const entries = (...parts: string[]): string[] => {
  const directory = join(sandbox.paths.root, ...parts);
  return existsSync(directory) ? readdirSync(directory) : [];
};
const layer = (name: string): Buffer =>
  tarArchive(
    Array.from({ length: 1500 }, (_, index) => ({ name: `${name}/${index}`, content: `${name} ${index}`.repeat(50) })),
  );

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"));
  const [base, one, two] = [layer("base"), layer("one"), layer("two")];
  for (const [name, layers] of [
    ["kept", [base]],
    ["first", [base, one, two]],
    ["second", [base, two]],
  ] as const) {
    await putImage(`http://${registry.host}`, `${name}:1`, composeImage([...layers]));
  }
  await image(["pull", "-q", `${registry.host}/first:1`]);
  await image(["save", "-o", join(sandbox.directory, "first.tar"), `${registry.host}/first:1`]);
  await image(["pull", "-q", `${registry.host}/kept:1`]);
  expect(await image(["bundle", "--id", "keeper", `${registry.host}/kept:1`])).toMatchObject({ code: 0 });
  await sandbox.shell(
    `cd ${sandbox.paths.root}/containers/keeper/upper && mkdir new && cd new && for i in $(seq 1500); do echo $i > $i; done; head -c 20M /dev/urandom > large`,
  );
});

afterAll(async () => {
  await image(["release", "keeper"]);
  await registry.stop();
  await sandbox.cleanUp();
});

/** What nothing leads to from the index or a container, found without mydocker's own idea of it. */
function orphans(): string[] {
  const read = (...parts: string[]) => JSON.parse(readFileSync(join(sandbox.paths.root, ...parts), "utf8"));
  const hexOf = (digest: string): string => digest.slice("sha256:".length);
  const images: string[] = read("images/index.json").manifests.map(({ digest }: { digest: string }) => hexOf(digest));
  const blobs = images.flatMap((hex) => {
    const { config, layers } = read("images/blobs/sha256", hex);
    return [hex, ...[config, ...layers].map(({ digest }: { digest: string }) => hexOf(digest))];
  });
  const made = entries("containers").map((id) => hexOf(read("containers", id, "container.json").imageDigest));
  const stacks = [...images, ...made].map((hex) => `${hex}.json`);
  const layers: string[] = entries("stacks").flatMap((name) => read("stacks", name).layers);
  return [
    ...entries("images").filter((name) => !["blobs", "index.json", "oci-layout"].includes(name)),
    ...entries("images/blobs/sha256").filter((name) => !blobs.includes(name)),
    ...entries("stacks").filter((name) => !stacks.includes(name)),
    ...entries("layers").filter((name) => !layers.includes(name.replace(".json", ""))),
  ];
}

it(`loses nothing and leaves nothing when it is killed, ${ROUNDS} times`, { timeout: 20_000 * ROUNDS }, async () => {
  const [first, second] = [`${registry.host}/first:1`, `${registry.host}/second:1`];
  // The image is there, and its layers are not: what `unpack` is for.
  const packed = `mydocker-image pull -q ${second} >/dev/null
    rm -f ${sandbox.paths.root}/stacks/$(mydocker-image inspect ${second} | jq -r .digest | cut -d: -f2).json
    mydocker-image gc >/dev/null`;
  const there = `mydocker-image pull -q ${first} >/dev/null`;
  const calls: [call: string, before?: string][] = [
    [`pull -q ${first}`],
    [`unpack ${second}`, packed],
    [`remove ${first}`, there],
    ["commit keeper committed:1"],
    [`pull -q ${second}`],
    [`remove --force ${first}`, there],
    [`load -i ${join(sandbox.directory, "first.tar")}`],
    ["commit keeper"],
    [`pull -q --driver=umoci ${second}`],
    ["prune --all"],
    [`import ${join(sandbox.directory, "first.tar")} imported:1`],
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [call, before = "true"] = calls[round % calls.length] ?? ["gc"];
    // Of each all moments come in their turn: what it is made of takes a few to hundreds of milliseconds.
    const delay = (Math.random() ** 2 * 0.7).toFixed(3);
    await sandbox.shell(`${before}; mydocker-image ${call} & sleep ${delay}; kill -9 $!; wait $! 2>/dev/null; true`);
    const where = `${call}, killed after ${delay} s`;
    // What it has started ends by itself, once it sees that nobody speaks to it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const collected = await image(["gc"]);
    expect(collected, where).toMatchObject({ code: 0, stderr: "" });
    expect(entries("tmp"), where).toEqual([]);
    expect(orphans(), where).toEqual([]);
    const verified = await image(["verify"]);
    expect({ code: verified.code, ...JSON.parse(verified.stdout), where }).toMatchObject({ code: 0, problems: [] });
    const tree = await sandbox.shell(
      `cd $(mydocker-image mount keeper) && ls base | wc -l && ls new | wc -l; cd /; mydocker-image unmount keeper`,
    );
    expect(tree.stdout, where).toBe("1500\n1501\n");
    expect((await image(["gc"])).stdout, where).toBe("");
  }
  const whole = await image(["pull", "-q", first]);
  expect(whole).toMatchObject({ code: 0, stderr: "" });
});
