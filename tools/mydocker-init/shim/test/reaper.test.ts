import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDriver, type Driver, until } from "./driver.ts";

let driver: Driver;
beforeAll(() => {
  driver = buildDriver();
});
afterAll(() => driver.cleanUp());

test("orphans are reaped", async () => {
  const script = "for i in 1 2 3 4 5; do (sleep 0.1 & echo $!); done; sleep 0.5; ps -o stat= --ppid $PPID; exit 3";
  const reaper = driver.run("reaper", "--", "sh", "-c", `echo children; ${script}`);
  expect(await reaper.ended).toBe(3);
  expect(reaper.stdout().toString()).not.toContain("Z");
  expect(reaper.stdout().toString().split("\n").length).toBeGreaterThanOrEqual(7);
});

test("it does the same as PID 1 of a namespace, and the namespace ends with the command", async () => {
  const script = 'test "$(ps -o pid= -p $PPID)" -eq 1 && (sleep 100 &) && exit 5';
  const command = ["--pid", "--fork", "--mount-proc", `${driver.directory}/driver`, "reaper", "--", "sh", "-c", script];
  let code = 0;
  try {
    execFileSync("unshare", command, { env: { ...process.env, ASAN_OPTIONS: "detect_leaks=0" } });
  } catch (error) {
    code = (error as { status: number }).status;
  }
  expect(code).toBe(5);
});

test("signals reach the command, its end by one is 128 and the number", async () => {
  const shell = driver.run("reaper", "--", "sh", "-c", "trap 'exit 6' HUP; echo begun; while :; do sleep 0.05; done");
  await until("it has begun", () => shell.stdout().includes("begun"));
  shell.signal("SIGHUP");
  expect(await shell.ended).toBe(6);
  const sleeper = driver.run("reaper", "--", "sh", "-c", "echo begun; exec sleep 100");
  await until("it has begun", () => sleeper.stdout().includes("begun"));
  sleeper.signal("SIGTERM");
  expect(await sleeper.ended).toBe(143);
});

test("a command that is not there is 127, one that cannot be run 126", async () => {
  const missing = driver.run("reaper", "--", "/no/such/command");
  expect(await missing.ended).toBe(127);
  expect(missing.stderr()).toContain("/no/such/command: ENOENT");
  expect(await driver.run("reaper", "--", "/etc/passwd").ended).toBe(126);
  expect(await driver.run("reaper", "sh").ended).toBe(125);
});

test("with a terminal, the command is in its foreground", async () => {
  const script = "trap 'echo once; exit 4' INT; echo begun; while :; do sleep 0.05; done";
  const terminal = driver.run("pty", "--", `${driver.directory}/driver`, "reaper", "--", "sh", "-c", script);
  await until("it has begun", () => terminal.stdout().includes("begun"));
  terminal.type("\x03");
  expect(await terminal.ended).toBe(4);
  expect(terminal.stdout().toString().match(/once/g)).toHaveLength(1);
});
