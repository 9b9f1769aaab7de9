import { readdirSync } from "node:fs";
import { join } from "node:path";
import { install, LIBEXEC, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HURRIED_VERBS } from "../tools/mydocker/src/hurried-verbs.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const verbs = Object.entries(HURRIED_VERBS).flatMap(([tool, names]) => names.map((verb) => [tool, verb] as const));

describe.each(verbs)("%s %s", (tool, verb) => {
  it("is run by the small engine, and needs nothing else of the installation", async () => {
    const { bin } = install(join(sandbox.directory, `alone-${tool}-${verb}`), []);
    const call = (args: string) => sandbox.shell(`MYDOCKER_BIN=${bin} ${join(bin, tool)} ${args}`);
    const refused = await call(`${verb} --no-such-flag`);
    expect(refused.code).toBe(125);
    expect(refused.stderr).toMatch(new RegExp(`^${tool} ${verb}: unknown flag: --no-such-flag`));
    // The control: what is elsewhere cannot be run from here.
    expect((await call("--help")).stderr).toMatch(/ENOENT.*mydocker-whole/);
  });

  it("has its help elsewhere", async () => {
    const help = await sandbox.tool(tool, [verb, "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain(`Usage: ${tool} ${verb} `);
  });
});

it("a flag's value that is called as a verb is none", async () => {
  const root = join(sandbox.directory, "run");
  const list = await sandbox.shell(
    `cd ${sandbox.directory} && mydocker-init --root run list --quiet && ls -d ${root}; true`,
  );
  expect(list).toMatchObject({ code: 0, stdout: "" });
  const state = await sandbox.shell(`cd ${sandbox.directory} && mydocker-init --root exec state nobody`);
  expect(state).toEqual({ code: 1, stdout: "", stderr: 'mydocker-init state: container "nobody" does not exist\n' });
});

it("where the small engine was not built, the whole executable runs them", async () => {
  const { bin } = install(join(sandbox.directory, "whole"), readdirSync(LIBEXEC), join(LIBEXEC, "mydocker-whole"));
  const script = `PATH=${bin}:$PATH mydocker run --rm -p 127.0.0.1::80 busybox sh -c 'echo from inside; exit 7'`;
  expect(await sandbox.shell(`MYDOCKER_BIN=${bin} ${script}`)).toEqual({
    code: 7,
    stdout: "from inside\n",
    stderr: "",
  });
});

it("a pulled image that is not unpacked yet starts, though the small engine cannot unpack", async () => {
  const first = makeSandbox();
  try {
    const { code, stdout } = await first.tool("mydocker", ["run", "--rm", "busybox", "echo", "unpacked"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "unpacked\n" });
  } finally {
    await first.cleanUp();
  }
});

describe("a hostile document", () => {
  it.each([
    ["brackets", "[".repeat(100_000) + "]".repeat(100_000)],
    ["braces", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
  ])("of a hundred thousand %s is refused with one line", async (_, deep) => {
    const input = `{"ociVersion":"1.2.0","x":${deep}}`;
    const { code, stdout, stderr } = await sandbox.tool("mydocker-cgroup", ["apply"], { input });
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(/^mydocker-cgroup apply: .*not JSON: .*\n$/);
  });
});

it("two processes never have the same random numbers, though both continue from one snapshot", async () => {
  const calls = Array.from({ length: 8 }, () => sandbox.tool("mydocker-image", ["bundle", "--dry-run", "busybox"]));
  const ids = (await Promise.all(calls)).map(
    ({ stderr, stdout }) => /containers\/([0-9a-f]{64})/.exec(stdout + stderr)?.[1],
  );
  expect(new Set(ids).size).toBe(8);
  expect(ids).not.toContain(undefined);
});
