import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findHierarchies, planCgroup } from "@mydocker/cgroup";
import { containerDirectory, identifyProcess, type ProcessIdentity } from "@mydocker/state";
import { makeSandbox } from "@mydocker/testing";
import { afterAll, expect, test } from "vitest";

const sandbox = makeSandbox();
const hierarchies = findHierarchies();
const children: ChildProcess[] = [];

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(sandbox.paths.root, { recursive: true, force: true });
  await sandbox.tool("mydocker-cgroup", ["gc"]);
  await sandbox.cleanUp();
  expect(hierarchies.filter(({ path }) => existsSync(join(path, sandbox.paths.prefix)))).toEqual([]);
});

const gc = (...flags: string[]) => sandbox.tool("mydocker-cgroup", ["gc", ...flags]);
const exists = (id: string): boolean =>
  hierarchies.some(({ path }) => existsSync(join(path, sandbox.paths.prefix, id)));

async function apply(id: string): Promise<void> {
  const input = JSON.stringify({ ociVersion: "1.2.0", annotations: { "io.mydocker.id": id } });
  expect((await sandbox.tool("mydocker-cgroup", ["apply"], { input })).code).toBe(0);
}

/** A record as mydocker-image bundle leaves it, of a pipeline that `owner` runs. */
function record(id: string, owner: ProcessIdentity): void {
  const directory = containerDirectory(sandbox.paths, id);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "container.json"), JSON.stringify({ id, owner, autoRemove: true }));
}

async function startInside(id: string): Promise<ChildProcess> {
  const { joinFiles } = planCgroup(hierarchies, `/${sandbox.paths.prefix}/${id}`, {});
  const script = 'for file in "$@"; do echo 0 > $file; done; echo joined; exec sleep 1000';
  const child = spawn("sh", ["-c", script, "sh", ...joinFiles], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

test("gc takes what a killed owner left, processes and all, and only that", async () => {
  const owner = spawn("sleep", ["1000"], { stdio: "ignore" });
  children.push(owner);
  const ofOwner = identifyProcess(owner.pid ?? 0);
  const ofUs = identifyProcess(process.pid);
  if (ofOwner === undefined || ofUs === undefined) throw new Error("no such process");
  record("orphan", ofOwner);
  record("building", ofUs);
  for (const id of ["orphan", "building", "unknown-empty"]) await apply(id);
  const left = await startInside("orphan");
  const ended = new Promise((resolve) => left.once("exit", (_, signal) => resolve(signal)));

  expect((await gc("--dry-run")).stdout).toBe(`cgroup /${sandbox.paths.prefix}/unknown-empty\n`);
  expect(exists("unknown-empty")).toBe(true);
  const died = new Promise((resolve) => owner.once("exit", resolve));
  owner.kill("SIGKILL");
  await died;
  const { code, stdout } = await gc();
  expect(code).toBe(0);
  expect(stdout.trim().split("\n").sort()).toEqual(
    ["orphan", "unknown-empty"].map((id) => `cgroup /${sandbox.paths.prefix}/${id}`),
  );
  expect(await ended).toBe("SIGKILL");
  expect(["orphan", "building", "unknown-empty"].map(exists)).toEqual([false, true, false]);
  expect((await gc()).stdout).toBe("");
});

test("processes of a container that nothing is known of are somebody's", async () => {
  await apply("foreign");
  const child = await startInside("foreign");
  const { code, stdout, stderr } = await gc();
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toContain("/foreign: left alone");
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  expect((await gc()).stdout).toContain("/foreign\n");
});

test("a container that is called as a command's cgroup is, is judged as a container", async () => {
  const owner = identifyProcess(process.pid);
  if (owner === undefined) throw new Error("no such process");
  const id = "command-999999999.1";
  record(id, owner);
  await apply(id);
  expect((await gc()).stdout).toBe("");
  expect(exists(id)).toBe(true);
  rmSync(containerDirectory(sandbox.paths, id), { recursive: true });
  expect((await gc()).stdout).toBe(`cgroup /${sandbox.paths.prefix}/${id}\n`);
});
