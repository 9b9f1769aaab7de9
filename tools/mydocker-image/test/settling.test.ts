import { existsSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type FakeRegistry, fakeRegistry } from "./fake-registry.ts";
import { tarArchive } from "./tar-archive.ts";
import { composeImage } from "./test-image.ts";

const OTHER_BOOT = "01234567-89ab-cdef-0123-456789abcdef";

let sandbox: Sandbox;
let registry: FakeRegistry;
let name: string;
const unsettled = (): string[] => names("unsettled");
const names = (directory: string): string[] => {
  const path = join(sandbox.paths.root, directory);
  return existsSync(path) ? readdirSync(path) : [];
};
/** @param sync what is called in place of sync(1) */
const image = (args: string[], sync?: string) => {
  if (sync === undefined) return sandbox.tool("mydocker-image", args);
  // One that may still be running cannot be written to.
  const bin = mkdtempSync(join(sandbox.directory, "bin-"));
  writeFileSync(join(bin, "sync"), `#!/bin/sh\n${sync}\n`, { mode: 0o755 });
  return sandbox.tool("mydocker-image", args, { env: { PATH: `${bin}:${sandbox.env.PATH}` } });
};
const until = async (done: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 300 && !done(); tries += 1) await sleep(20);
  expect(done()).toBe(true);
};

beforeAll(() => {
  sandbox = makeSandbox();
});

beforeEach(async () => {
  const layer = (content: string): Buffer => tarArchive([{ name: content, content }]);
  registry = await fakeRegistry(composeImage([layer("one"), layer("two")]));
  name = `${registry.host}/app:1`;
});

afterEach(async () => {
  await registry.stop();
  await image(["remove", name]);
  expect([unsettled(), names("layers"), names("tmp")]).toEqual([[], [], []]);
});

afterAll(() => sandbox.cleanUp());

it("is not waited for, and done behind the pull", async () => {
  const done = join(sandbox.directory, "done");
  const slow = `for try in $(seq 200); do [ -e ${done} ] && exit; sleep 0.05; done`;
  expect(await image(["pull", "-q", name], slow)).toMatchObject({ code: 0, stderr: "" });
  expect(unsettled()).toHaveLength(2);
  expect((await image(["cat", name, "/two"])).stdout).toBe("two");
  writeFileSync(done, "");
  await until(() => unsettled().length === 0);
});

it("is done by the next one where it was not", async () => {
  await image(["pull", "-q", name], "exit 1");
  await sleep(100);
  expect(unsettled()).toHaveLength(2);
  await image(["pull", "-q", name]);
  await until(() => unsettled().length === 0);
});

it("makes a layer of another boot again, whatever has become of it", async () => {
  await image(["pull", "-q", name], "exit 1");
  const { root } = sandbox.paths;
  const [marker = ""] = unsettled();
  const layer = join(root, "layers", marker.split(".")[0] ?? "");
  const [file = ""] = readdirSync(layer);
  // As ext4 leaves a file whose content had not been written.
  await sandbox.shell(`: > ${layer}/${file}`);
  expect((await image(["cat", name, `/${file}`])).stdout).toBe("");
  const [hex, , unique] = marker.split(".");
  renameSync(join(root, "unsettled", marker), join(root, "unsettled", `${hex}.${OTHER_BOOT}.${unique}`));
  const made = await sandbox.shell(
    `mydocker-image bundle --id settled ${name} > /dev/null && mydocker-image mount settled`,
  );
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect((await sandbox.shell(`cat ${made.stdout.trim()}/${file}`)).stdout).toBe(file);
  await image(["release", "settled"]);
  await until(() => unsettled().length === 0);
  expect(JSON.parse((await image(["verify"])).stdout)).toMatchObject({ layers: 2, problems: [] });
});

it("leaves a layer of this boot as it is", async () => {
  await image(["pull", "-q", name], "exit 1");
  const [marker = ""] = unsettled();
  const layer = join(sandbox.paths.root, "layers", marker.split(".")[0] ?? "");
  const before = await sandbox.shell(`stat -c %i ${layer}`);
  await image(["pull", "-q", name], "exit 1");
  expect(await sandbox.shell(`stat -c %i ${layer}`)).toEqual(before);
});
