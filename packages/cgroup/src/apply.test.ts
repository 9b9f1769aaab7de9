import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { applyCgroup } from "./apply.ts";
import { processesOf } from "./cgroup-tree.ts";
import { findHierarchies } from "./hierarchy.ts";
import { type CgroupPlan, planCgroup } from "./plan.ts";
import { removeCgroup } from "./remove.ts";

const hierarchies = findHierarchies();
const top = `mydockerlib${process.pid}`;
const path = `/${top}/deep/c1`;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  removeCgroup(hierarchies, `/${top}`, { kill: true });
  expect(leftovers()).toEqual([]);
});

function leftovers(): string[] {
  return hierarchies.map((hierarchy) => join(hierarchy.path, top)).filter((directory) => existsSync(directory));
}

/** A process in every hierarchy of the plan. */
async function startInside(plan: CgroupPlan): Promise<ChildProcess> {
  const script = 'for file in "$@"; do echo 0 > $file; done; echo joined; exec sleep 1000';
  const child = spawn("sh", ["-c", script, "sh", ...plan.joinFiles], { stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

test("a process can join as soon as the cgroup is made, below parents that did not exist", async () => {
  const plan = planCgroup(hierarchies, path, {});
  applyCgroup(plan);
  const child = await startInside(plan);
  for (const directory of plan.directories) expect(processesOf(directory)).toEqual([child.pid]);
});

test("applying again is no error, and keeps processes and limits", async () => {
  const plan = planCgroup(hierarchies, path, { memory: { limit: 2 ** 26, swap: 2 ** 27 } });
  applyCgroup(plan);
  const child = await startInside(plan);
  applyCgroup(plan);
  expect(plan.directories.map(processesOf)).toEqual(plan.directories.map(() => [child.pid]));
});

test("memory and swap can be raised and lowered together, in either order", () => {
  for (const limit of [2 ** 26, 2 ** 28, 2 ** 25]) {
    applyCgroup(planCgroup(hierarchies, path, { memory: { limit, swap: limit } }));
  }
});

test("what a failing write leaves is nothing that the call made", () => {
  const plan = planCgroup(hierarchies, path, { cpu: { cpus: "8000" } });
  expect(() => applyCgroup(plan)).toThrow(/write "8000" to .*cpuset.cpus: E/);
  expect(leftovers()).toEqual([]);
});

test("a failing write leaves a cgroup that was there before", () => {
  const good = planCgroup(hierarchies, path, {});
  applyCgroup(good);
  expect(() => applyCgroup(planCgroup(hierarchies, path, { cpu: { cpus: "8000" } }))).toThrow();
  expect(good.directories.filter((directory) => !existsSync(directory))).toEqual([]);
});

test("removing with a process inside names it; with kill it ends it and what is below", async () => {
  const outer = planCgroup(hierarchies, path, {});
  applyCgroup(outer);
  const inner = planCgroup(hierarchies, `${path}/inner`, {});
  applyCgroup({ ...inner, enable: [] });
  const child = await startInside(inner);
  expect(() => removeCgroup(hierarchies, path)).toThrow(`still has process ${child.pid}`);
  const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  expect(removeCgroup(hierarchies, path, { kill: true }).sort()).toEqual([...outer.directories].sort());
  expect(await ended).toBe("SIGKILL");
  expect(removeCgroup(hierarchies, path)).toEqual([]);
});
