import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { startMydocker } from "./support/background.ts";
import { leftovers } from "./support/leftovers.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = makeSandbox();
  // The first run unpacks the image and makes the bridge: what those take belongs to no test.
  expect(await sandbox.tool("mydocker", ["run", "--rm", "busybox", "true"])).toMatchObject({ code: 0, stderr: "" });
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);

test.each([
  ["mydocker-image bundle", ["--pull", "never", "no-such-image"]],
  ["mydocker-image bundle", ["--name", "x/y", "busybox"]],
  ["mydocker-image bundle", ["-u", "nobody-here", "busybox"]],
  ["mydocker-net attach", ["--network", "nosuch", "busybox"]],
  ["mydocker-net attach", ["-p", "80:80:80:80", "busybox"]],
  ["mydocker-cgroup apply", ["-m", "1k", "busybox"]],
  ["mydocker-cgroup apply", ["--cpus", "1000000", "busybox"]],
  ["mydocker-init create", ["busybox", "no-such-command"]],
  ["mydocker-init run", ["-d", "busybox", "no-such-command"]],
  ["mydocker-init create", ["-w", "/etc/passwd", "busybox", "true"]],
])("%s fails for %j: one line that names it, and nothing left", async (stage, args) => {
  const result = await mydocker("run", "-v", `${sandbox.directory}:/mnt`, ...args);
  expect(result.code).toBeGreaterThanOrEqual(125);
  expect(result.stdout).toBe("");
  expect(result.stderr.trimEnd().split("\n")).toEqual([expect.stringMatching(new RegExp(`^${stage}: `))]);
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a port that a process of the host has", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const result = await mydocker("run", "-p", `127.0.0.1:${port}:80`, "busybox", "true");
  server.close();
  expect(result).toMatchObject({ code: 125, stdout: "" });
  expect(result.stderr).toMatch(/^mydocker-net attach: /);
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a mount that cannot be made undoes everything", async () => {
  mkdirSync(join(sandbox.directory, "dir"), { recursive: true });
  const result = await mydocker("run", "-v", `${sandbox.directory}/dir:/etc/passwd`, "busybox", "true");
  expect(result).toMatchObject({ code: 125, stdout: "" });
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a signal while the stages are at work rolls back, whenever it comes", async () => {
  for (let milliseconds = 0; milliseconds < 150; milliseconds += 15) {
    const run = startMydocker(sandbox, ["run", "--rm", "busybox", "sleep", "1000"]);
    await sleep(milliseconds);
    run.kill("SIGTERM");
    // Once its command runs, `sleep` as PID 1 ignores TERM: then it is ended from outside.
    const ended = await Promise.race([run.exited, sleep(1500)]);
    if (ended === undefined) {
      const { stdout } = await mydocker("ps", "-q");
      await mydocker("kill", ...stdout.trim().split("\n"));
      await run.exited;
    } else {
      expect(ended.signal === "SIGTERM" || ended.code === 143, JSON.stringify(ended)).toBe(true);
    }
  }
  expect(await leftovers(sandbox)).toEqual([]);
});

test("a signal while an image is being pulled ends that, and nothing is left", async () => {
  // A registry that takes connections and never answers.
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    const connected = new Promise((resolve) => server.once("connection", resolve));
    const run = startMydocker(sandbox, ["run", "--rm", `127.0.0.1:${port}/app`]);
    await connected;
    run.kill(signal);
    expect(await run.exited).toEqual({ code, signal: null });
    expect(run.stdout()).toBe("");
  }
  server.close();
  expect(await leftovers(sandbox)).toEqual([]);
});

test("killed with SIGKILL at any moment, prune leaves nothing", async () => {
  for (let milliseconds = 0; milliseconds < 200; milliseconds += 20) {
    const run = startMydocker(sandbox, ["run", "--rm", "busybox", "true"]);
    await sleep(milliseconds);
    run.kill("SIGKILL");
    await run.exited;
  }
  // The stages of the last one may still be at work; each ends on its own.
  for (let rounds = 0; rounds < 50 && (await leftovers(sandbox)).length > 0; rounds += 1) {
    await sleep(100);
    await mydocker("system", "prune", "-f");
  }
  expect(await leftovers(sandbox)).toEqual([]);
});
