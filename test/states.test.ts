import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { leftovers } from "./support/leftovers.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);
const COUNTER = "trap 'exit 7' TERM; trap 'echo hup' HUP; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done";

async function startCounter(name: string, ...flags: string[]): Promise<void> {
  await mydocker("run", "-d", "--name", name, ...flags, "busybox", "sh", "-c", COUNTER);
  for (let log = ""; !/\d/.test(log); await sleep(20)) log = (await mydocker("logs", name)).stdout;
}

test("a paused container stands still, is shown so, and goes on", async () => {
  await startCounter("still");
  expect(await mydocker("pause", "still")).toEqual({ code: 0, stdout: "still\n", stderr: "" });
  const { stdout: before } = await mydocker("logs", "still");
  expect((await mydocker("ps", "--format", "{{.Status}}|{{.State}}")).stdout).toMatch(/^Up .+ \(Paused\)\|paused\n$/);
  expect((await mydocker("ps", "-q", "-f", "status=running")).stdout).toBe("");
  expect((await mydocker("ps", "-f", "status=paused", "--format", "{{.Names}}")).stdout).toBe("still\n");
  const template = "{{.State.Status}} {{.State.Running}} {{.State.Paused}}";
  expect((await mydocker("inspect", "-f", template, "still")).stdout).toBe("paused true true\n");
  expect((await mydocker("info", "-f", "{{.ContainersPaused}} {{.ContainersRunning}}")).stdout).toBe("1 0\n");
  expect(await mydocker("exec", "still", "true")).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "mydocker exec: container still is paused, unpause the container before exec; try: mydocker unpause still\n",
  });
  expect((await mydocker("top", "still")).code).toBe(0);
  await sleep(200);
  expect((await mydocker("logs", "still")).stdout).toBe(before);
  expect(await mydocker("unpause", "still")).toEqual({ code: 0, stdout: "still\n", stderr: "" });
  await sleep(200);
  expect((await mydocker("logs", "still")).stdout.length).toBeGreaterThan(before.length);
  expect((await mydocker("ps", "--format", "{{.State}}")).stdout).toBe("running\n");
  await mydocker("rm", "-f", "still");
});

test("what exec has started stands still, too", async () => {
  await startCounter("both", "-v", `${sandbox.directory}:/shared`);
  const counting = "n=0; while :; do n=$((n+1)); echo $n > /shared/new; mv /shared/new /shared/count; done";
  await mydocker("exec", "-d", "both", "sh", "-c", counting);
  const file = join(sandbox.directory, "count");
  const count = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
  await expect.poll(count, { timeout: 30_000 }).not.toBe("");
  await mydocker("pause", "both");
  const before = count();
  await sleep(300);
  expect(count()).toBe(before);
  await mydocker("unpause", "both");
  await expect.poll(count, { timeout: 30_000 }).not.toBe(before);
  await mydocker("rm", "-f", "both");
});

test("what cannot be paused or let go is refused with 1, and the others are done", async () => {
  await startCounter("one");
  await mydocker("run", "--name", "over", "busybox", "true");
  const paused = await mydocker("pause", "one", "over", "nobody", "one");
  expect(paused).toMatchObject({ code: 1, stdout: "one\n" });
  expect(paused.stderr).toBe(
    "mydocker pause: container over is not running\n" +
      "mydocker pause: No such container: nobody\n" +
      "mydocker pause: container one is already paused\n",
  );
  const refused = await mydocker("rm", "one");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/it is paused; try: unpause and stop it first, or rm -f/);
  const again = await mydocker("unpause", "one", "one");
  expect(again).toMatchObject({ code: 1, stdout: "one\n", stderr: "mydocker unpause: container one is not paused\n" });
  await mydocker("rm", "-f", "one", "over");
});

test("stop lets a paused container end by itself, kill and rm -f end it", async () => {
  for (const name of ["stopped", "killed", "removed"]) {
    await startCounter(name);
    await mydocker("pause", name);
  }
  expect(await mydocker("stop", "-t", "60", "stopped")).toMatchObject({ code: 0, stdout: "stopped\n" });
  expect((await mydocker("inspect", "-f", "{{.State.ExitCode}} {{.State.Paused}}", "stopped")).stdout).toBe(
    "7 false\n",
  );
  expect(await mydocker("kill", "killed")).toMatchObject({ code: 0, stdout: "killed\n" });
  expect((await mydocker("wait", "killed")).stdout).toBe("137\n");
  expect(await mydocker("rm", "-f", "removed", "stopped", "killed")).toMatchObject({ code: 0 });
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a signal ends the pause unless the container has a stop signal of its own, and that is another", async () => {
  await startCounter("usual");
  await startCounter("own", "--stop-signal", "QUIT");
  await mydocker("pause", "usual", "own");
  await mydocker("kill", "-s", "HUP", "usual", "own");
  expect((await mydocker("ps", "--format", "{{.Names}} {{.State}}")).stdout).toBe("own paused\nusual running\n");
  for (let log = ""; !/hup/.test(log); await sleep(20)) log = (await mydocker("logs", "usual")).stdout;
  expect((await mydocker("logs", "own")).stdout).not.toMatch(/hup/);
  await mydocker("rm", "-f", "usual", "own");
});

test("top shows the processes as docker does, with ps options or without", async () => {
  await mydocker("run", "-d", "--name", "busy", "busybox", "sh", "-c", "sleep 1000 & exec sleep 2000");
  for (let rows = 0; rows < 4; ) rows = (await mydocker("top", "busy")).stdout.split("\n").length;
  const { stdout } = await mydocker("top", "busy");
  const [heading = "", ...rows] = stdout.trimEnd().split("\n");
  expect(heading).toBe(
    `${["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME"].map((title) => title.padEnd(20)).join("")}CMD`,
  );
  expect(rows.map((row) => row.slice(140)).sort()).toEqual(["sleep 1000", "sleep 2000"]);
  const chosen = await mydocker("top", "busy", "-o", "pid,args");
  expect(chosen.stdout).toMatch(/^PID {17}COMMAND\n\d+ +sleep 2000\n\d+ +sleep 1000\n$/);
  const pid = (await mydocker("inspect", "-f", "{{.State.Pid}}", "busy")).stdout.trim();
  expect(chosen.stdout).toContain(`\n${pid.padEnd(20)}sleep 2000\n`);
  expect(await mydocker("top", "busy", "-o", "args")).toMatchObject({ code: 1, stdout: "" });
  await mydocker("kill", "busy");
  await mydocker("wait", "busy");
  expect(await mydocker("top", "busy")).toEqual({
    code: 1,
    stdout: "",
    stderr: "mydocker top: container busy is not running\n",
  });
  await mydocker("rm", "busy");
});

test("what the kernel has killed for its memory says so, behind what docker says", async () => {
  const limits = ["-m", "16m", "--memory-swap", "16m"];
  const killed = await mydocker("run", "--name", "greedy", ...limits, "busybox", "tail", "/dev/zero");
  expect(killed).toEqual({
    code: 137,
    stdout: "",
    stderr: "mydocker: killed: over its 16 MiB memory limit; try: a higher --memory\n",
  });
  await mydocker("run", "-d", "--name", "modest", ...limits, "busybox", "sleep", "1000");
  await mydocker("kill", "modest");
  await mydocker("wait", "modest");
  const statuses = await mydocker("ps", "-a", "--format", "{{.Names}} {{.Status}}");
  expect(statuses.stdout).toMatch(/^modest Exited \(137\) [^,]* ago\ngreedy Exited \(137\) .* ago, out of memory\n$/);
  const { stdout } = await mydocker("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", "greedy", "modest");
  expect(stdout).toBe("true 137\nfalse 137\n");
  // The next run is another: what it ended of says nothing of this one.
  await mydocker("start", "modest");
  expect((await mydocker("inspect", "-f", "{{.State.OOMKilled}}", "modest")).stdout).toBe("false\n");
  await mydocker("rm", "-f", "greedy", "modest");
});
