import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSandbox, type Sandbox } from "../packages/testing/src/index.ts";
import { startMydocker } from "./support/background.ts";
import { leftovers } from "./support/leftovers.ts";
import { openTerminal } from "./support/terminal.ts";

let sandbox: Sandbox;
beforeAll(() => {
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

const mydocker = (...args: string[]) => sandbox.tool("mydocker", args);

describe("stdio", () => {
  test("stdout and stderr stay apart", async () => {
    const result = await mydocker("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2");
    expect(result).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" });
  });

  test("-i passes stdin on, and its end", async () => {
    const input = Buffer.alloc(300_000, "line of input\n").toString();
    const result = await sandbox.tool("mydocker", ["run", "--rm", "-i", "busybox", "md5sum"], { input });
    expect(result.stdout).toBe(`${createHash("md5").update(input).digest("hex")}  -\n`);
  });

  test("without -i stdin is empty", async () => {
    const result = await sandbox.tool("mydocker", ["run", "--rm", "busybox", "cat"], { input: "not for it" });
    expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("100 MB of output arrive whole", async () => {
    const made = "seq 1 100000000 | head -c 104857600";
    const { stdout } = await sandbox.shell(
      `mydocker run --rm busybox sh -c '${made}' | sha256sum; ${made} | sha256sum`,
    );
    const [ours, expected] = stdout.trim().split("\n");
    expect(ours).toBe(expected);
    expect(ours).toMatch(/^[0-9a-f]{64}/);
  });
});

describe("flags", () => {
  test("environment, directory, host name and user", async () => {
    const file = join(sandbox.directory, "vars");
    writeFileSync(file, "# a note\nFROM_FILE=a b\n");
    const { stdout } = await mydocker(
      ...["run", "--rm", "-e", "A=it's $x", "-e", "B=2", "--env-file", file, "-w", "/tmp", "-h", "box", "-u", "65534"],
      ...["busybox", "sh", "-c", 'echo "$A|$B|$FROM_FILE|$PWD|$(hostname)|$(id -u)"'],
    );
    expect(stdout).toBe("it's $x|2|a b|/tmp|box|65534\n");
  });

  test("--entrypoint, and arguments as they stand", async () => {
    const hostile = ["a b", "", "it's", "$HOME", "new\nline", "--rm", "*"];
    const { stdout } = await mydocker("run", "--rm", "--entrypoint", "printf", "busybox", "%s|", ...hostile);
    expect(stdout).toBe(`${hostile.join("|")}|`);
  });

  test("-v mounts a directory, writable or not", async () => {
    const directory = join(sandbox.directory, "shared");
    mkdirSync(directory);
    const script = "echo from inside >/data/file; echo no >/fixed/other";
    const result = await mydocker(
      ...["run", "--rm", "-v", `${directory}:/data`, "-v", `${directory}:/fixed:ro`, "busybox", "sh", "-c", script],
    );
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/Read-only file system/);
    expect(readFileSync(join(directory, "file"), "utf8")).toBe("from inside\n");
  });

  test("--read-only with --tmpfs", async () => {
    const script = "touch /x 2>/dev/null || echo fixed; touch /scratch/x && echo free";
    const result = await mydocker("run", "--rm", "--read-only", "--tmpfs", "/scratch", "busybox", "sh", "-c", script);
    expect(result.stdout).toBe("fixed\nfree\n");
  });

  test("--cidfile is written once, and one that exists is refused", async () => {
    const file = join(sandbox.directory, "cid");
    const { stdout } = await mydocker("run", "-d", "--cidfile", file, "busybox", "true");
    expect(readFileSync(file, "utf8")).toBe(stdout.trim());
    const again = await mydocker("run", "--cidfile", file, "busybox", "true");
    expect(again).toMatchObject({ code: 125, stdout: "" });
    expect(again.stderr).toMatch(/the file exists/);
    await mydocker("rm", "-f", stdout.trim());
  });
});

describe("what stays", () => {
  test("nothing with --rm; without it a stopped container", async () => {
    await mydocker("run", "--rm", "busybox", "true");
    expect(await leftovers(sandbox)).toEqual([]);
    await mydocker("run", "--name", "stays", "busybox", "sh", "-c", "exit 4");
    const { stdout } = await mydocker("ps", "-a", "--format", "{{.Names}} {{.Status}}");
    expect(stdout).toMatch(/^stays Exited \(4\) .* ago\n$/);
    await mydocker("rm", "stays");
    expect(await leftovers(sandbox)).toEqual([]);
  });
});

describe("signals", () => {
  const LOOP = (signal: string): string => `trap 'echo got it; exit 9' ${signal}; echo up; while :; do sleep 0.1; done`;

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const)(
    "%s to mydocker reaches the process",
    async (signal) => {
      const run = startMydocker(sandbox, ["run", "--rm", "busybox", "sh", "-c", LOOP(signal.slice(3))]);
      await run.waitFor(/up/);
      run.kill(signal);
      expect(await run.exited).toEqual({ code: 9, signal: null });
      expect(run.stdout()).toBe("up\ngot it\n");
    },
  );

  test("Ctrl-C at a terminal reaches the process, once", async () => {
    const script = "trap 'n=$((n+1)); echo int $n' INT; echo up; while [ ! -e /end ]; do sleep 0.1; done";
    const terminal = openTerminal(
      `exec mydocker run --rm --name ctrl-c busybox sh -c '${script.replaceAll("'", `'\\''`)}'`,
      sandbox.env,
    );
    await terminal.waitFor(/up/);
    terminal.type("\x03");
    await terminal.waitFor(/int 1/);
    await mydocker("exec", "ctrl-c", "touch", "/end");
    expect(await terminal.exited).toBe(0);
    expect(terminal.output()).not.toMatch(/int 2/);
  });

  test("--sig-proxy=false: the client ends, the container does not", async () => {
    const run = startMydocker(sandbox, [
      "run",
      "--sig-proxy=false",
      "--name",
      "alone",
      "busybox",
      "sh",
      "-c",
      LOOP("TERM"),
    ]);
    await run.waitFor(/up/);
    run.kill("SIGTERM");
    expect(await run.exited).toEqual({ code: 143, signal: null });
    expect((await mydocker("ps", "--format", "{{.Names}}")).stdout).toBe("alone\n");
    await mydocker("rm", "-f", "alone");
  });

  test("a client killed with SIGKILL leaves its container running, as docker's does", async () => {
    const run = startMydocker(sandbox, ["run", "--name", "orphan", "busybox", "sh", "-c", LOOP("TERM")]);
    await run.waitFor(/up/);
    run.kill("SIGKILL");
    await run.exited;
    expect((await mydocker("ps", "--format", "{{.Names}}")).stdout).toBe("orphan\n");
    expect((await mydocker("stop", "orphan")).stdout).toBe("orphan\n");
    expect((await mydocker("inspect", "-f", "{{.State.ExitCode}}", "orphan")).stdout).toBe("9\n");
    await mydocker("rm", "orphan");
  });
});

describe("a terminal", () => {
  test("-it: a tty of the right size, with job control, and the shell's exit code", async () => {
    const terminal = openTerminal("exec mydocker run --rm -it busybox sh", sandbox.env);
    await terminal.waitFor(/# /);
    terminal.type("tty; stty size; sleep 1000\n");
    await terminal.waitFor(/\/dev\/pts\/0\r\n33 111\r\n/);
    terminal.type("\x03");
    terminal.type("echo status $?\n");
    await terminal.waitFor(/status 130/);
    terminal.type("exit 5\n");
    expect(await terminal.exited).toBe(5);
  });

  test("ctrl-p ctrl-q leaves it running", async () => {
    const terminal = openTerminal("exec mydocker run --name left -it busybox sh", sandbox.env);
    await terminal.waitFor(/# /);
    terminal.type("\x10\x11");
    expect(await terminal.exited).toBe(0);
    expect((await mydocker("ps", "--format", "{{.Names}}")).stdout).toBe("left\n");
    await mydocker("rm", "-f", "left");
  });

  test("-it without a terminal is refused", async () => {
    const result = await mydocker("run", "--rm", "-it", "busybox", "sh");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/not a TTY/);
  });
});

describe("--print-pipeline", () => {
  const FLAGS = `--rm -e 'A=it'"'"'s' -h box`;

  test("runs nothing, and prints a script that runs the same", async () => {
    const printed = await sandbox.shell(
      `mydocker run --print-pipeline ${FLAGS} busybox sh -c 'echo "$A"; hostname; exit 3'`,
    );
    expect(printed.stdout.split("\n").map((line) => line.trim().split(" ").slice(0, 2).join(" "))).toEqual([
      ...["mydocker-image bundle", "mydocker-net attach", "mydocker-cgroup apply", "mydocker-init create"],
      ...["mydocker-init attach", ""],
    ]);
    expect(await leftovers(sandbox)).toEqual([]);
    expect(await sandbox.shell(printed.stdout)).toEqual({ code: 3, stdout: "it's\nbox\n", stderr: "" });
    expect(await leftovers(sandbox)).toEqual([]);
  });

  test("pasted into an interactive shell, with -it", async () => {
    const { stdout } = await mydocker("run", "--print-pipeline", "--rm", "-it", "busybox", "sh");
    const terminal = openTerminal("exec bash --norc -i", sandbox.env);
    await terminal.waitFor(/# /);
    terminal.type(stdout.replaceAll("\n", "\r"));
    await terminal.waitFor(/\/ # /);
    terminal.type("echo pid $$\r");
    await terminal.waitFor(/pid 1\r/);
    terminal.type("exit 4\r");
    await terminal.waitFor(/exit 4.*bash-[\d.]+# /s);
    terminal.type("echo code $?; exit\r");
    await terminal.waitFor(/code 4\r/);
    await terminal.exited;
  });

  test("with -d it prints the id", async () => {
    const { stdout } = await mydocker("run", "--print-pipeline", "-d", "--name", "pasted", "busybox", "sleep", "1000");
    const started = await sandbox.shell(stdout);
    expect(started.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await mydocker("ps", "-q", "--no-trunc")).stdout).toBe(started.stdout);
    await mydocker("rm", "-f", "pasted");
  });
});
