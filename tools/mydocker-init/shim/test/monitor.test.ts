import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { type PlannedOperation, SHIM } from "./encode-plan.ts";
import { type ContainerPlan, defaultFileSystems, makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";
import { runPlan, type ShimResult } from "./run-shim.ts";

// A detached container: the shim's `run` with a relay, and a client that starts it.
let rootfs: Rootfs;
let monitor: ChildProcess | undefined;

beforeAll(() => buildShim());
beforeEach(() => {
  rootfs = makeRootfs();
});
afterEach(() => {
  monitor?.kill("SIGKILL");
  rootfs.remove();
});

const place = (name: string) => join(rootfs.directory, name);

/** Starts a monitor whose container waits for its start. */
async function detach(script: string, more: Partial<ContainerPlan> & { flags?: number; relay?: number } = {}) {
  const host: PlannedOperation[] = [
    ["relay", place("log"), place("socket"), more.relay ?? 0],
    ["exit-file", place("exit.json")],
    ["start-fifo", place("fifo")],
  ];
  const teardown: PlannedOperation[] = [["command", "/bin/touch", place("torn")]];
  const plan = planContainer(rootfs, { command: ["sh", "-c", script], host, wait: true, teardown, ...more });
  let ended: Promise<ShimResult> | undefined;
  await new Promise<void>((resolve) => {
    ended = runPlan(plan, {
      onEvent: (event, child) => {
        monitor = child;
        if (event.event !== "created") resolve();
      },
    });
  });
  if (ended === undefined) throw new Error("no monitor");
  // In an object: a promise that an async function returns is waited for.
  return { ended };
}

function attach(...options: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const client = spawn(SHIM, ["attach", "--socket", place("socket"), "--start", place("fifo"), ...options], {
    stdio: "pipe",
  });
  let [stdout, stderr] = ["", ""];
  client.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  client.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  client.stdin.on("error", () => {}); // EPIPE: it has ended
  client.stdin.end("typed\n");
  return new Promise((resolve) => client.on("close", (code) => resolve({ code, stdout, stderr })));
}

test("a detached container's streams, exit code, record and teardown", async () => {
  const { ended } = await detach("read line; echo got $line; echo wrong >&2; exit 3", { relay: 3 });
  expect(existsSync(place("torn"))).toBe(false);
  const client = await attach("--stdin");
  expect(client).toEqual({ code: 3, stdout: "got typed\n", stderr: "wrong\n" });
  const { code, events } = await ended;
  expect([code, events.map((event) => event.event).sort()]).toEqual([3, ["created", "ready"]]);
  expect(JSON.parse(readFileSync(place("exit.json"), "utf8"))).toMatchObject({ exitCode: 3 });
  expect(existsSync(place("torn"))).toBe(true);
  expect(readFileSync(place("log"), "utf8")).toMatch(/Z stdout F got typed\n/);
});

test("a command that fails to be executed after the start is told to the client and to the record", async () => {
  // Found, but no loader for it: only execve knows.
  const { ended } = await detach("", {
    command: ["/bin/ls.dynamic"],
    before: [["bind", "/bin/ls", "/bin/ls.dynamic", 0, 0, 0, 0]],
  });
  const client = await attach();
  expect(client.code).toBe(127);
  expect(client.stderr).toContain('exec: "/bin/ls.dynamic": no such file or directory');
  const { code, events } = await ended;
  // Permission lies ready in this test, so the child may speak before its parent does.
  expect([code, events.map((event) => event.event).sort()]).toEqual([127, ["created", "ready"]]);
  expect(JSON.parse(readFileSync(place("exit.json"), "utf8"))).toMatchObject({
    exitCode: 127,
    error: expect.stringContaining("ls.dynamic"),
  });
  expect(existsSync(place("torn"))).toBe(true);
});

test("a command that is not found before it is an error of the monitor's making, which leaves no record", async () => {
  const { ended } = await detach("", { command: ["nonesuch"] });
  const { code, error } = await ended;
  expect([code, error?.exitCode]).toEqual([127, 127]);
  expect([existsSync(place("exit.json")), existsSync(place("torn"))]).toEqual([false, false]);
});

test("a detached container's terminal", async () => {
  const { ended } = await detach("tty; stty size; exit 5", {
    relay: 4,
    before: defaultFileSystems(),
    after: [["terminal", 1, 30, 90]],
  });
  const client = await attach();
  expect(client.code).toBe(5);
  expect(client.stdout).toBe("/dev/pts/0\r\n30 90\r\n");
  expect((await ended).code).toBe(5);
});

test("a monitor has less than 1 MB of its own memory, and dies with nothing of the container left", async () => {
  const { ended } = await detach("echo up; sleep 1000");
  const client = attach();
  const pid = monitor?.pid ?? 0;
  while (!readFileSync(place("log"), "utf8").includes("up")) await new Promise((resolve) => setTimeout(resolve, 10));
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce(
    (sum, [, size]) => sum + Number(size),
    0,
  );
  expect(kilobytes).toBeGreaterThan(0);
  expect(kilobytes).toBeLessThan(1024);
  monitor?.kill("SIGKILL");
  expect((await client).code).toBe(125);
  await ended;
});
