import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, it } from "vitest";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

it("takes no settings from the directory that it is called in, which may be anybody's", async () => {
  const directory = join(sandbox.directory, "anybodys");
  mkdirSync(directory);
  writeFileSync(join(directory, ".env"), "MYDOCKER_BIN=/nowhere/bin\n");
  writeFileSync(join(directory, "bunfig.toml"), 'preload = ["./preload.js"]\n');
  writeFileSync(join(directory, "preload.js"), 'throw new Error("loaded");\n');
  const { directory: bundle } = makeBundle(join(sandbox.directory, "bundle"), ["echo", "ran"]);
  const result = await sandbox.shell(`cd ${directory} && mydocker-init run --bundle ${bundle} anybodys`);
  expect(result).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
});
