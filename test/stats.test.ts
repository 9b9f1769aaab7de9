import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { startMydocker } from "./support/background.ts";
import { leftovers } from "./support/leftovers.ts";
import { openTerminal } from "./support/terminal.ts";

let sandbox: Sandbox;
let busy: string;
const MEBIBYTE = 2 ** 20;

beforeAll(async () => {
  sandbox = makeSandbox();
  const script = "dd if=/dev/zero of=/dev/shm/held bs=1M count=40 2>/dev/null; echo held; while :; do :; done";
  const flags = ["--name", "busy", "--cpus", "0.3", "-m", "96m", "--pids-limit", "50"];
  busy = (await mydocker("run", "-d", ...flags, "busybox", "sh", "-c", script)).stdout.trim();
  for (let log = ""; !log.includes("held"); await sleep(20)) log = (await mydocker("logs", "busy")).stdout;
  await mydocker("run", "-d", "--name", "idle", "--network", "none", "busybox", "sh", "-c", "sleep 1000 & sleep 1000");
  await mydocker("create", "--name", "waits", "busybox");
});
afterAll(async () => {
  await mydocker("rm", "-f", "busy", "idle", "waits");
  expect(await leftovers(sandbox)).toEqual([]);
  await sandbox.cleanUp();
});

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);

interface Shown {
  ID: string;
  Name: string;
  CPUPerc: string;
  MemUsage: string;
  MemPerc: string;
  NetIO: string;
  PIDs: string;
}

async function shown(...args: string[]): Promise<Shown[]> {
  const { stdout } = await mydocker("stats", "--no-stream", "--format", "json", ...args);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Shown);
}

/** A file of the container's cgroup, in whichever version has it. */
function cgroupFile(controller: string, v1: string, v2: string): string {
  const { prefix } = sandbox.paths;
  const places = [
    join("/sys/fs/cgroup", controller, prefix, busy, v1),
    join("/sys/fs/cgroup", prefix, busy, v2),
    join("/sys/fs/cgroup/unified", prefix, busy, v2),
  ];
  const found = places.find(existsSync);
  if (found === undefined) throw new Error(`${busy} has neither ${v1} nor ${v2}`);
  return readFileSync(found, "utf8");
}

/** What the kernel counts of its processor time, in nanoseconds. */
function processorTime(): number {
  const text = cgroupFile("cpuacct", "cpuacct.usage", "cpu.stat");
  const microseconds = /usage_usec (\d+)/.exec(text)?.[1];
  return microseconds === undefined ? Number(text) : Number(microseconds) * 1000;
}

function inactiveFile(): number {
  const text = cgroupFile("memory", "memory.stat", "memory.stat");
  return Number(/^total_inactive_file (\d+)/m.exec(text)?.[1] ?? /^inactive_file (\d+)/m.exec(text)?.[1]);
}

function expectWithin5Percent(value: number, expected: number): void {
  expect(Math.abs(value - expected), `${value} is not within 5 % of ${expected}`).toBeLessThan(expected * 0.05);
}

test("processors and memory agree with the cgroup's own files", async () => {
  // The second that is measured is within ours, and on a busy machine the rest of ours may be unlike it: five tries.
  let [figures, error] = [undefined as Shown | undefined, 1];
  for (let attempt = 0; attempt < 5 && error >= 0.05; attempt += 1) {
    const [begin, before] = [process.hrtime.bigint(), processorTime()];
    [figures] = await shown("busy");
    const expected = ((processorTime() - before) / Number(process.hrtime.bigint() - begin)) * 100;
    error = Math.abs(Number.parseFloat(figures?.CPUPerc ?? "") - expected) / expected;
  }
  expect(error).toBeLessThan(0.05);

  const usage = Number(cgroupFile("memory", "memory.usage_in_bytes", "memory.current"));
  const inactive = inactiveFile();
  const [used = "", limit = ""] = figures?.MemUsage.split(" / ") ?? [];
  expect(limit).toBe("96MiB");
  expect(used).toMatch(/MiB$/);
  expectWithin5Percent(Number.parseFloat(used) * MEBIBYTE, usage - inactive);
  expectWithin5Percent(Number.parseFloat(figures?.MemPerc ?? ""), ((usage - inactive) / (96 * MEBIBYTE)) * 100);
  expect(figures?.PIDs).toBe("1");
});

test("all that run, newest first; with -a those that do not, too", async () => {
  const running = await shown();
  expect(running.map(({ Name, PIDs }) => [Name, PIDs])).toEqual([
    ["idle", "2"],
    ["busy", "1"],
  ]);
  expect(running[0]).toMatchObject({ NetIO: "0B / 0B", CPUPerc: "0.00%" });
  const all = await shown("-a", "--no-trunc");
  expect(all.map(({ Name }) => Name)).toEqual(["waits", "idle", "busy"]);
  expect(all[0]).toMatchObject({ CPUPerc: "0.00%", MemUsage: "0B / 0B", MemPerc: "0.00%", PIDs: "0" });
  expect(all[2]?.ID).toBe(busy);
});

test("docker's table, and templates", async () => {
  const table = await mydocker("stats", "--no-stream", "busy");
  expect(table).toMatchObject({ code: 0, stderr: "" });
  expect(table.stdout).toMatch(
    /^CONTAINER ID {3}NAME {6}CPU % {5}MEM USAGE \/ LIMIT {3,}MEM % {5}NET I\/O {3,}BLOCK I\/O {3,}PIDS\n/,
  );
  expect(table.stdout.split("\n")[1]).toMatch(
    new RegExp(`^${busy.slice(0, 12)}   busy {6}\\d+\\.\\d\\d% +\\S+MiB / 96MiB`),
  );
  const template = await mydocker(
    "stats",
    "--no-stream",
    "--format",
    "{{.Container}}|{{.Name}}",
    busy.slice(0, 6),
    "waits",
  );
  expect(template.stdout).toBe(`${busy.slice(0, 6)}|busy\nwaits|waits\n`);
});

test.each([
  [["nobody"], 1, /No such container: nobody/],
  [["--format", "{{.Nope}}"], 1, /Nope/],
  [["--format", "{{"], 1, /template/i],
  [["--interval", "1s"], 125, /unknown flag/],
])("%j is refused", async (args, code, why) => {
  const result = await mydocker("stats", "--no-stream", ...args);
  expect(result).toMatchObject({ code, stdout: "" });
  expect(result.stderr).toMatch(why);
});

test("without a terminal rounds come below each other, plain, and end with the last container that was named", async () => {
  await mydocker("run", "-d", "--rm", "--name", "short", "busybox", "sleep", "2");
  const watch = startMydocker(sandbox, ["stats", "short"]);
  expect(await watch.exited).toEqual({ code: 0, signal: null });
  expect(watch.stdout()).not.toContain("\u001b");
  expect(watch.stdout().match(/^CONTAINER ID/gm)?.length).toBeGreaterThan(1);
});

test("who looks ends with whoever shows it, even with SIGKILL", async () => {
  const watch = startMydocker(sandbox, ["stats"]);
  await watch.waitFor(/idle/);
  watch.kill("SIGKILL");
  await watch.exited;
  const looking = async (): Promise<string[]> =>
    (await leftovers(sandbox)).filter((line) => line.includes("stats\0--stream"));
  while ((await looking()).length > 0) await sleep(100);
});

test("at a terminal a table with bars is drawn in place, and Ctrl-C takes it away", async () => {
  const terminal = openTerminal("stty cols 160; exec mydocker stats", sandbox.env);
  await terminal.waitFor(/busy +\d+\.\d\d% .*█.*\d+MiB \/ 96MiB +\d+\.\d\d% .*█/);
  // Three lines up, and all below is erased (ECMA-48, CUU and ED).
  const up = "\u001b[3A";
  while (!terminal.output().includes(up)) await sleep(50);
  terminal.type("\x03");
  expect(await terminal.exited).toBe(130);
  expect(terminal.output().endsWith(`\r${up}\u001b[J`)).toBe(true);
});

test.each([
  ["a narrow terminal", "stty cols 100; exec mydocker stats", /busy +\d+\.\d\d% +\S+MiB \/ 96MiB/],
  ["NO_COLOR", "stty cols 160; NO_COLOR=1 exec mydocker stats", /busy +\d+\.\d\d% +\S+MiB \/ 96MiB/],
  ["--format", "stty cols 160; exec mydocker stats --format '{{.Name}}: {{.CPUPerc}}'", /busy: \d+\.\d\d%/],
  ["a terminal whose size nobody knows", "stty cols 0 rows 0; exec mydocker stats", /busy +\d+\.\d\d% /],
])("%s has no bars", async (_, command, wanted) => {
  const terminal = openTerminal(command, sandbox.env);
  await terminal.waitFor(wanted);
  terminal.type("\x03");
  await terminal.exited;
  expect(terminal.output()).not.toMatch(/█|\[3[123]m/);
});
