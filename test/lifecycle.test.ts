import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { startMydocker } from "./support/background.ts";
import { leftovers } from "./support/leftovers.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);

test("a detached container from run to rm", async () => {
  const script = "echo started; echo problem >&2; trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done";
  const run = await mydocker("run", "-d", "--name", "web", "-l", "app=x", "-p", "80", "busybox", "sh", "-c", script);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const id = run.stdout.trim();
  expect(id).toMatch(/^[0-9a-f]{64}$/);

  const table = (await mydocker("ps")).stdout.split("\n");
  expect(table[0]).toMatch(/^CONTAINER ID {3}IMAGE {5}COMMAND {18}CREATED {3,}STATUS {3,}PORTS {3,}NAMES$/);
  expect(table[1]).toMatch(
    new RegExp(`^${id.slice(0, 12)}   busybox   "sh -c 'echo started…" {3}.* ago {3,}Up .*:\\d+->80/tcp   web$`),
  );
  const row: unknown = JSON.parse((await mydocker("ps", "--format", "json")).stdout);
  expect(row).toMatchObject({ ID: id.slice(0, 12), Names: "web", State: "running", Image: "busybox", Labels: "app=x" });

  for (let logs = ""; !logs.includes("started"); await sleep(20)) logs = (await mydocker("logs", "web")).stdout;
  expect(await mydocker("logs", "web")).toEqual({ code: 0, stdout: "started\n", stderr: "problem\n" });

  const refused = await mydocker("rm", "web");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(/it is running/);

  expect(await mydocker("stop", id.slice(0, 8))).toEqual({ code: 0, stdout: `${id.slice(0, 8)}\n`, stderr: "" });
  expect((await mydocker("ps", "-q")).stdout).toBe("");
  expect((await mydocker("ps", "-a", "--format", "{{.Status}}")).stdout).toMatch(/^Exited \(0\) .* ago\n$/);
  expect((await mydocker("logs", "--tail", "1", "web")).stdout).toBe("bye\n");

  expect(await mydocker("rm", "web")).toEqual({ code: 0, stdout: "web\n", stderr: "" });
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a container that does not heed TERM is killed when its time is up", async () => {
  await mydocker("run", "-d", "--name", "deaf", "busybox", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done");
  const waiting = mydocker("wait", "deaf");
  expect((await mydocker("stop", "-t", "1", "deaf")).stdout).toBe("deaf\n");
  expect((await waiting).stdout).toBe("137\n");
  expect((await mydocker("stop", "deaf")).stdout).toBe("deaf\n");
  expect(await mydocker("kill", "deaf")).toMatchObject({ code: 1, stdout: "" });
  await mydocker("rm", "deaf");
});

test("--stop-signal is what stop sends", async () => {
  const script = "trap 'exit 21' USR1; while :; do sleep 0.1; done";
  await mydocker("run", "-d", "--name", "own", "--stop-signal", "SIGUSR1", "busybox", "sh", "-c", script);
  await sleep(300);
  await mydocker("stop", "own");
  expect((await mydocker("inspect", "-f", "{{.State.ExitCode}}", "own")).stdout).toBe("21\n");
  await mydocker("rm", "own");
});

test("logs -f follows to the end, with timestamps", async () => {
  const script = "for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done; printf unfinished";
  await mydocker("run", "-d", "--name", "chatty", "busybox", "sh", "-c", script);
  const follow = startMydocker(sandbox, ["logs", "-f", "-t", "chatty"]);
  expect(await follow.exited).toEqual({ code: 0, signal: null });
  const lines = follow.stdout().split("\n");
  expect(lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /, ""))).toEqual([
    ...["line 1", "line 2", "line 3", "line 4", "line 5", "unfinished"],
  ]);
  expect((await mydocker("logs", "-n", "2", "chatty")).stdout).toBe("line 5\nunfinished");
  await mydocker("rm", "chatty");
});

test("names are claimed by one container at a time", async () => {
  await mydocker("run", "-d", "--name", "one", "busybox", "sleep", "1000");
  const second = await mydocker("run", "-d", "--name", "one", "busybox", "true");
  expect(second).toMatchObject({ code: 125, stdout: "" });
  expect(second.stderr).toMatch(/one/);
  expect(await mydocker("rm", "-f", "one")).toMatchObject({ code: 0, stdout: "one\n" });
  expect(await mydocker("run", "--rm", "--name", "one", "busybox", "true")).toMatchObject({ code: 0 });
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a published port is reached, shown by port and inspect, and refused to a second container", async () => {
  const script = "mkdir -p /www; echo page >/www/index.html; exec httpd -f -h /www -p 80";
  const port = String(20000 + Math.floor(Math.random() * 10000));
  await mydocker("run", "-d", "--name", "web", "-p", `127.0.0.1:${port}:80`, "busybox", "sh", "-c", script);
  expect((await sandbox.shell(`curl -s --retry 20 --retry-connrefused --retry-delay 1 127.0.0.1:${port}`)).stdout).toBe(
    "page\n",
  );
  expect((await mydocker("port", "web")).stdout).toBe(`80/tcp -> 127.0.0.1:${port}\n`);
  expect((await mydocker("port", "web", "80")).stdout).toBe(`127.0.0.1:${port}\n`);
  expect(await mydocker("port", "web", "81")).toMatchObject({ code: 1 });
  const template = '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}} {{.NetworkSettings.IPAddress}}';
  expect((await mydocker("inspect", "-f", template, "web")).stdout).toMatch(
    new RegExp(`^${port} ${sandbox.network}\\.\\d+\n$`),
  );
  const second = await mydocker("run", "--rm", "-p", `127.0.0.1:${port}:80`, "busybox", "true");
  expect(second).toMatchObject({ code: 125, stdout: "" });
  await mydocker("rm", "-f", "web");
  expect(await leftovers(sandbox)).toEqual([]);
});

test("stop and rm work when the monitor was killed", async () => {
  await mydocker("run", "-d", "--name", "widow", "busybox", "sleep", "1000");
  const { stdout } = await mydocker("inspect", "-f", "{{.State.Pid}}", "widow");
  await sandbox.shell(`kill -9 "$(awk '/PPid/ { print $2 }' /proc/${stdout.trim()}/status)"`);
  expect(await mydocker("stop", "-t", "1", "widow")).toMatchObject({ code: 0, stdout: "widow\n" });
  expect(await mydocker("rm", "widow")).toMatchObject({ code: 0, stdout: "widow\n" });
  expect(await leftovers(sandbox)).toEqual([]);
});

test("system prune -f takes what has ended, and leaves what runs", async () => {
  await mydocker("run", "--name", "ended", "busybox", "true");
  await mydocker("run", "-d", "--name", "runs", "busybox", "sleep", "1000");
  const kept = await mydocker("system", "prune");
  expect(kept.stderr).toMatch(/-f removes them/);
  expect((await mydocker("ps", "-aq")).stdout.trim().split("\n")).toHaveLength(2);
  const pruned = await mydocker("system", "prune", "-f");
  expect(pruned).toMatchObject({ code: 0, stderr: "" });
  expect(pruned.stdout).toMatch(/^Deleted Containers:\n[0-9a-f]{64}\n(.*\n)*\nTotal reclaimed space: /);
  expect((await mydocker("ps", "-a", "--format", "{{.Names}}")).stdout).toBe("runs\n");
  expect(await mydocker("exec", "runs", "true")).toMatchObject({ code: 0 });
  await mydocker("rm", "-f", "runs");
});
