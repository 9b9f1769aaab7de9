import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("../scripts/install-system.mjs", import.meta.url));

let sandbox: Sandbox;
let prefix: string;

beforeAll(() => {
  sandbox = makeSandbox();
  prefix = mkdtempSync(join(tmpdir(), "mydocker-prefix-"));
  mkdirSync(join(prefix, "bin"));
  mkdirSync(join(prefix, "share/zsh"), { recursive: true });
  writeFileSync(join(prefix, "bin/other"), "not ours");
});

afterAll(async () => {
  await sandbox.cleanUp();
  rmSync(prefix, { recursive: true, force: true });
});

function script(...args: string[]) {
  return execa("node", [SCRIPT, ...args], { env: { PREFIX: prefix }, reject: false });
}

function tree(): string[] {
  return readdirSync(prefix, { recursive: true, encoding: "utf8" }).sort();
}

test("what is installed runs, and uninstalling takes exactly that away", async () => {
  const before = tree();
  // Twice: installing over an installation must not make it forget what is its own.
  expect((await script("--no-set-up")).exitCode).toBe(0);
  expect((await script("--no-set-up")).exitCode).toBe(0);

  const { stdout } = await execa(join(prefix, "bin/mydocker"), ["run", "--rm", "busybox", "echo", "from the prefix"], {
    env: sandbox.env,
  });
  expect(stdout).toBe("from the prefix");
  for (const tool of ["mydocker", "mydocker-image", "mydocker-net", "mydocker-cgroup", "mydocker-init"]) {
    expect((await execa(join(prefix, "bin", tool), ["--help"])).stdout).toContain(`Usage: ${tool} COMMAND`);
  }
  const completion = join(prefix, "share/bash-completion/completions/mydocker");
  execFileSync("bash", ["-n", completion]);
  expect(existsSync(join(prefix, "share/zsh/site-functions/_mydocker-net"))).toBe(true);

  expect((await script("--uninstall")).exitCode).toBe(0);
  expect(tree()).toEqual(before);
  expect((await script("--uninstall")).stderr).toContain(`Nothing is installed under ${prefix}`);
});

test("a manifest that leads out of the prefix is not obeyed", async () => {
  const victim = join(sandbox.directory, "victim");
  writeFileSync(victim, "");
  mkdirSync(join(prefix, "share/mydocker"), { recursive: true });
  writeFileSync(join(prefix, "share/mydocker/manifest"), `../${victim.slice(tmpdir().length + 1)}\n`);
  const { exitCode, stderr } = await script("--uninstall");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("is not below");
  expect(existsSync(victim)).toBe(true);
});
