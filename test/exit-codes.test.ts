import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);

describe("run exits as docker's does", () => {
  test.each([
    [0, ["busybox", "true"]],
    [3, ["busybox", "sh", "-c", "exit 3"]],
    [126, ["busybox", "/tmp"]],
    [126, ["busybox", "/etc/passwd"]],
    [127, ["busybox", "no-such-command"]],
    [127, ["busybox", "/no/such/file"]],
    [125, ["--nosuchflag", "busybox"]],
    [125, ["--memory", "much", "busybox"]],
    [125, ["--cpus", "-1", "busybox"]],
    [125, ["-p", "99999:80", "busybox"]],
    [125, ["--network", "nosuch", "busybox"]],
    [125, ["--name", "-", "busybox"]],
    [125, ["--pull", "never", "no-such-image"]],
    [125, []],
  ])("%d: run %j", async (code, args) => {
    const result = await mydocker("run", "--rm", ...args);
    expect(result).toMatchObject({ code });
    // One line that says what is wrong, where something is.
    expect(
      result.stderr
        .trimEnd()
        .split("\n")
        .filter((line) => line !== ""),
    ).toHaveLength(code < 125 ? 0 : 1);
  });

  test("137 when killed, 143 when ended by TERM", async () => {
    for (const [signal, code] of [
      ["KILL", "137"],
      ["TERM", "143"],
    ] as const) {
      const { stdout } = await mydocker("run", "-d", "--init", "busybox", "sleep", "1000");
      const id = stdout.trim();
      const waiting = mydocker("wait", id);
      await mydocker("kill", "-s", signal, id);
      expect((await waiting).stdout).toBe(`${code}\n`);
      const { stdout: shown } = await mydocker("inspect", "-f", "{{.State.ExitCode}}", id);
      expect(shown).toBe(`${code}\n`);
      await mydocker("rm", id);
    }
  });
});

describe("the other commands", () => {
  test.each([
    [1, ["nosuchcommand"]],
    [125, ["ps", "--nosuchflag"]],
    [1, ["ps", "--filter", "nosuch=1"]],
    [1, ["ps", "--format", "{{.Nope"]],
    [64, ["inspect", "-f", "{{.Nope", "x"]],
    [1, ["inspect", "nosuch"]],
    [1, ["exec", "nosuch", "true"]],
    [1, ["kill", "nosuch"]],
    [1, ["stop", "nosuch"]],
    [1, ["rm", "nosuch"]],
    [0, ["rm", "-f", "nosuch"]],
    [1, ["logs", "nosuch"]],
    [1, ["wait", "nosuch"]],
    [1, ["port", "nosuch"]],
    [0, ["ps", "--help"]],
    [0, ["version"]],
    [0, ["info"]],
  ])("%d: %j", async (code, args) => {
    expect(await mydocker(...args)).toMatchObject({ code });
  });

  test("a wrong flag is answered with the one that was meant", async () => {
    const { stderr } = await mydocker("run", "--memroy", "1g", "busybox");
    expect(stderr).toBe("mydocker run: unknown flag: --memroy; try: --memory\n");
  });

  test("inspect of what is not there prints an empty array, as docker's", async () => {
    expect(await mydocker("inspect", "nosuch")).toMatchObject({ code: 1, stdout: "[]\n" });
  });
});
