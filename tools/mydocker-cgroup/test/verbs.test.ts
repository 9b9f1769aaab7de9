import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, it } from "vitest";
import { limitedCgroup } from "./support/limited.ts";

// What can be done with a cgroup in use, and looked up of it.

const { sandbox, id, apply, inside, cgroup, require, hierarchies, usage, versionOf } = limitedCgroup("v1");

afterEach(async () => {
  await require("remove", "--kill", id);
});
afterAll(async () => {
  await require("gc");
  await sandbox.cleanUp();
});

interface Listed {
  id: string;
  state: string;
  processes: number;
  container: string;
}
const list = async () => JSON.parse(await require("list", "--format", "json")) as Listed[];

it("freeze stops all processes of it where they are, thaw lets them run on", async () => {
  await apply([]);
  const running = inside("timeout 100 sh -c 'while :; do :; done' & while :; do :; done");
  await expect.poll(usage, { timeout: 30_000 }).toBeGreaterThan(0);
  await require("freeze", id);
  expect(await list()).toMatchObject([{ id, state: "frozen", container: "missing" }]);
  const before = await usage();
  await sleep(300);
  expect(await usage()).toBe(before);
  await require("freeze", id);
  await require("thaw", id);
  expect(await list()).toMatchObject([{ id, state: "running" }]);
  await expect.poll(usage, { timeout: 30_000 }).toBeGreaterThan(before);
  // What is frozen is killed, too.
  await require("freeze", id);
  await require("kill", id);
  await running;
  expect(await list()).toMatchObject([{ id, state: expect.any(String), processes: 0 }]);
});

it("kill leaves none of a fork bomb", async () => {
  await apply(["--pids-limit", "60"]);
  const bomb = inside("exec perl -e 'fork while 1'");
  await expect.poll(async () => (await list())[0]?.processes ?? 0, { timeout: 60_000 }).toBeGreaterThan(40);
  await require("kill", id);
  expect(await list()).toMatchObject([{ id, state: "empty", processes: 0 }]);
  await bomb;
});

it("events tells of each limit that is hit, and ends with the cgroup", async () => {
  await apply(["--memory", "16m", "--memory-swap", "16m", "--pids-limit", "5", "--cpus", "0.1"]);
  const child = spawn("mydocker-cgroup", ["events", id], { env: sandbox.env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const seen = (event: string) => text.includes(`"event":"${event}"`);
  const provoked = {
    oom: "tail /dev/zero",
    pids: "exec sh -c 'for n in 1 2 3 4 5 6 7; do sleep 0.1 & done' 2>/dev/null",
    cpu: "timeout 2 sh -c 'while :; do :; done'",
    // v1's failcnt is no longer counted by every kernel (6.18 leaves it at 0 where it kills).
    ...(versionOf("memory") === 2 ? { memory: "tail /dev/zero" } : {}),
  };
  for (const [event, script] of Object.entries(provoked)) {
    // What happened before it has begun to look is not told, so it is provoked until it is.
    const provoke = async () => {
      await inside(script);
      await sleep(200);
      return seen(event);
    };
    await expect.poll(provoke, { timeout: 50_000 }).toBe(true);
  }
  await require("remove", "--kill", id);
  expect(await ended).toBe(0);
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; count: number; total: number });
  for (const line of lines) expect(line).toMatchObject({ id, count: expect.any(Number), total: expect.any(Number) });
});

it("show has flag, file of both versions, and value", async () => {
  await apply(["--memory", "64m"]);
  const row = (await require("show", id)).split("\n").find((line) => line.startsWith("--memory "));
  expect(row?.split(/ {2,}/)).toEqual([
    "--memory",
    "memory.limit_in_bytes",
    "memory.max",
    "67108864 (64 MiB)",
    expect.stringContaining(`/${sandbox.paths.prefix}/${id}`),
  ]);
});

it("stats agrees with the cgroup's own files and with a known load", async () => {
  await apply([]);
  // Twenty million bytes, held by tail, and a second of processor time.
  const script =
    "tail -c 20000000 < <(head -c 20000000 /dev/zero; sleep 100) >/dev/null & timeout 100 sh -c 'while :; do :; done'";
  const running = inside(script);
  interface Round {
    monotonic: number;
    cpus: number;
    containers: {
      id: string;
      cpu: { usage: number };
      memory: { usage: number; limit: null };
      pids: { current: number };
    }[];
  }
  const look = async () => {
    const round = JSON.parse(await require("stats", id)) as Round;
    const [container] = round.containers;
    if (container === undefined) throw new Error("no cgroup");
    return container;
  };
  await expect.poll(async () => (await look()).memory.usage, { timeout: 30_000 }).toBeGreaterThan(20_000_000);
  const directory = (controller: string) => {
    const hierarchy = hierarchies.find(({ controllers }) => controllers.includes(controller));
    return join(hierarchy?.path ?? "", sandbox.paths.prefix, id);
  };
  const first = (controller: string, ...files: string[]): number => {
    const file = readdirSync(directory(controller)).find((name) => files.includes(name)) ?? "";
    const text = readFileSync(join(directory(controller), file), "utf8");
    return Number(/^usage_usec (\d+)/.exec(text)?.[1] ?? Number(text) / 1000);
  };
  const cpu = () =>
    first(
      hierarchies.some(({ controllers }) => controllers.includes("cpuacct")) ? "cpuacct" : "cpu",
      "cpuacct.usage",
      "cpu.stat",
    );
  // The files before, what stats says, the files after: it lies between them.
  const before = cpu();
  const told = await look();
  const after = cpu();
  expect(told.cpu.usage / 1000).toBeGreaterThanOrEqual(before);
  expect(told.cpu.usage / 1000).toBeLessThanOrEqual(after);
  const memory = first("memory", "memory.usage_in_bytes", "memory.current") * 1000;
  expect(Math.abs(told.memory.usage - memory) / memory).toBeLessThan(0.05);
  expect(told.pids.current).toBe(
    new Set(
      readFileSync(join(directory("pids"), "cgroup.procs"), "utf8")
        .trim()
        .split("\n"),
    ).size,
  );
  await require("kill", id);
  await running;
});

it("stats --stream goes on until the cgroup is gone, or nobody reads", async () => {
  await apply([]);
  const read = await sandbox.shell(`mydocker-cgroup stats --stream --interval 20ms ${id} | head -n 3 | wc -l`);
  expect(read).toEqual({ code: 0, stdout: "3\n", stderr: "" });
  const file = join(sandbox.directory, "rounds");
  const streamed = sandbox.shell(`mydocker-cgroup stats --stream --interval 50ms ${id} > ${file}`);
  const rounds = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  await expect.poll(() => rounds().at(-1) ?? "", { timeout: 30_000 }).not.toBe("");
  await require("remove", id);
  expect((await streamed).code).toBe(0);
  expect(JSON.parse(rounds().at(-1) ?? "")).toMatchObject({ containers: [] });
});

it.each([
  [["stats", "nobody"], 1, "no cgroup /"],
  [["stats", "--interval", "soon", "x"], 125, "--interval: expected a time"],
  [["update", "--memory", "64m", "nobody"], 1, "no cgroup /"],
  [["update", "nobody"], 125, "you must provide one or more flags"],
  [["update", "--memory", "much", "nobody"], 125, "--memory: expected a size"],
  [["freeze", "nobody"], 1, "no cgroup /"],
  [["thaw", "../x"], 1, "container id"],
  [["kill", "nobody"], 1, "no cgroup /"],
  [["events", "nobody"], 1, "no cgroup /"],
  [["list", "--format", "yaml"], 125, "expected table or json"],
])("%j says what is wrong in a line", async (args, exit, message) => {
  const { code, stdout, stderr } = await cgroup(...args);
  expect([code, stdout]).toEqual([exit, ""]);
  expect(stderr).toMatch(/^mydocker-cgroup \w+: [^\n]*\n$/);
  expect(stderr).toContain(message);
});

it("stats: rounds of two calls stand on one clock", async () => {
  const look = async () => (JSON.parse(await require("stats")) as { monotonic: number }).monotonic;
  const first = await look();
  await sleep(300);
  // proc_uptime(5) is right to a hundredth of a second.
  expect((await look()) - first).toBeGreaterThan(290e6);
});
