import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { startMydocker } from "./support/background.ts";
import { openTerminal } from "./support/terminal.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = makeSandbox();
  const { code, stderr } = await mydocker("run", "-d", "--name", "box", "-e", "A=1", "busybox", "sleep", "1000");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);

test("the command is in the container, with its environment and what -e adds", async () => {
  const script = 'echo "$A $B $PWD $(hostname)"; cat /proc/1/comm';
  const { stdout } = await mydocker("exec", "-e", "B=it's", "-w", "/tmp", "box", "sh", "-c", script);
  const { stdout: name } = await mydocker("inspect", "-f", "{{.Config.Hostname}}", "box");
  expect(stdout).toBe(`1 it's /tmp ${name.trim()}\nsleep\n`);
});

test("-u takes a number", async () => {
  expect((await mydocker("exec", "-u", "33:44", "box", "sh", "-c", "id -u; id -g")).stdout).toBe("33\n44\n");
});

test.each([
  [9, ["sh", "-c", "exit 9"]],
  [126, ["/tmp"]],
  [127, ["nope"]],
  [137, ["sh", "-c", "kill -9 $$"]],
])("exit code %d: %j", async (code, command) => {
  expect(await mydocker("exec", "box", ...command)).toMatchObject({ code });
});

test("-i passes stdin and its end on; without it stdin is empty", async () => {
  const withInput = (args: string[]) => sandbox.tool("mydocker", ["exec", ...args], { input: "a\nb\n" });
  expect(await withInput(["-i", "box", "cat"])).toEqual({ code: 0, stdout: "a\nb\n", stderr: "" });
  expect(await withInput(["box", "cat"])).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("-d returns at once", async () => {
  expect(await mydocker("exec", "-d", "box", "sh", "-c", "sleep 0.3; touch /done")).toMatchObject({
    code: 0,
    stdout: "",
  });
  expect(
    (await mydocker("exec", "box", "sh", "-c", "while [ ! -e /done ]; do sleep 0.1; done; echo there")).stdout,
  ).toBe("there\n");
});

test("a signal to mydocker reaches the command", async () => {
  const script = "trap 'echo got it; exit 9' TERM; echo up; while :; do sleep 0.1; done";
  const exec = startMydocker(sandbox, ["exec", "box", "sh", "-c", script]);
  await exec.waitFor(/up/);
  exec.kill("SIGTERM");
  expect(await exec.exited).toEqual({ code: 9, signal: null });
  expect(exec.stdout()).toBe("up\ngot it\n");
});

test("-it has a terminal", async () => {
  const terminal = openTerminal("exec mydocker exec -it box sh", sandbox.env);
  await terminal.waitFor(/# /);
  terminal.type("stty size; exit 6\n");
  expect(await terminal.exited).toBe(6);
  expect(terminal.output()).toMatch(/33 111/);
});

test("a container that does not run", async () => {
  await mydocker("run", "--name", "ended", "busybox", "true");
  const result = await mydocker("exec", "ended", "true");
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toBe("mydocker exec: container ended is not running\n");
});
