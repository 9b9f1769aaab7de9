import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

/** More of them: KILL_ROUNDS=100. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 24);

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
});

afterAll(async () => {
  await image(["release", "keeper"]);
  await registry.stop();
  await sandbox.cleanUp();
});

it(`loses nothing and leaves nothing when it is killed, ${ROUNDS} times`, { timeout: 20_000 * ROUNDS }, async () => {
  const [first, second] = [`${registry.host}/first:1`, `${registry.host}/second:1`];
  const calls = [
    `pull -q ${first}`,
    `pull -q ${second}`,
    `remove --force ${first}`,
    `load -i ${join(sandbox.directory, "first.tar")}`,
    `pull -q --driver=umoci ${second}`,
    "prune --all",
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    const call = calls[round % calls.length] ?? "";
    const delay = (Math.random() * 0.7).toFixed(3);
    await sandbox.shell(`mydocker-image ${call} & sleep ${delay}; kill -9 $!; wait $! 2>/dev/null; true`);
    const where = `${call}, killed after ${delay} s`;
    // What it has started ends by itself, once it sees that nobody speaks to it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const collected = await image(["gc"]);
    expect(collected, where).toMatchObject({ code: 0, stderr: "" });
    expect(entries("tmp"), where).toEqual([]);
    const verified = await image(["verify"]);
    expect({ code: verified.code, ...JSON.parse(verified.stdout), where }).toMatchObject({ code: 0, problems: [] });
    const lower = await sandbox.shell(
      `mydocker-image mount keeper >/dev/null && ls ${sandbox.paths.root}/containers/keeper/rootfs/base | wc -l; mydocker-image unmount keeper`,
    );
    expect(lower.stdout, where).toBe("1500\n");
    expect((await image(["gc"])).stdout, where).toBe("");
  }
  const whole = await image(["pull", "-q", first]);
  expect(whole).toMatchObject({ code: 0, stderr: "" });
});
