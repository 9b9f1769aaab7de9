import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCgroup } from "./support/cgroups.ts";
import { type Containerd, startContainerd } from "./support/containerd.ts";
import { type HostState, readHostState, remainsSince } from "./support/host-state.ts";
import { BUSYBOX, busyboxArchive } from "./support/image.ts";
import { RUNTIME } from "./support/runtime.ts";

/** `--runc-root`; the shim's own place for what needs none; and the runtime's own. */
const ROOT = "/run/test-runtime";
const PLACES = [ROOT, "/run/containerd/runc", "/run/mydocker/init"];

let containerd: Containerd;
let before: HostState;

beforeAll(async () => {
  containerd = await startContainerd();
  await ctr("images", "import", await busyboxArchive(containerd.host));
  const warmUp = ["--runc-root", ROOT, "--cgroup", `${containerd.host.cgroupParent}/warm-up`];
  await ctr("run", "--rm", ...warmUp, BUSYBOX, "warm-up", "true");
  before = await readHostState(containerd.host, PLACES);
});

afterAll(async () => {
  await containerd?.stop();
  await containerd?.host.cleanUp();
});

const ctr = (...args: string[]) => containerd.host.run([...containerd.ctr, ...args]);

/** The command line of `ctr run` with the runtime under test. */
const runWords = (id: string, flags: string[], command: string[]) => {
  const runtime = ["--runc-binary", RUNTIME, "--runc-root", ROOT, "--cgroup", `${containerd.host.cgroupParent}/${id}`];
  return ["run", ...runtime, ...flags, BUSYBOX, id, ...command];
};

const run = (id: string, flags: string[], ...command: string[]) => ctr(...runWords(id, flags, command));

describe("ctr run", () => {
  test.each([
    [0, ["true"]],
    [3, ["sh", "-c", "exit 3"]],
  ])("exit code %d: %j", async (code, command) => {
    expect(await run("box", ["--rm"], ...command)).toMatchObject({ code, stdout: "", stderr: "" });
  });

  test("a command that is missing: the runtime's message, and no container", async () => {
    const result = await run("box", ["--rm"], "no-such-command");
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/no-such-command.*not found/);
  });

  test("stdin, stdout, environment, directory, mounts", async () => {
    const mount = `type=bind,src=${containerd.host.directory},dst=/host,options=rbind:ro`;
    const flags = ["--env", "A=a b", "--cwd", "/tmp", "--mount", mount];
    // Not to its end: ctr 1.6 does not pass that on.
    const script = `head -n 1; echo "$A"; pwd; touch /host/x 2>&1`;
    const words = runWords("box", ["--rm", ...flags], ["sh", "-c", script]);
    const { stdout } = await containerd.host.run([...containerd.ctr, ...words], { input: "in\n" });
    expect(stdout).toBe("in\na b\n/tmp\ntouch: /host/x: Read-only file system\n");
  });

  test("--tty", async () => {
    const terminal = containerd.host.terminal([...containerd.ctr, ...runWords("box", ["--rm", "--tty"], ["sh"])]);
    await terminal.waitFor(/# /);
    terminal.type("while [ \"$(stty size)\" != '33 111' ]; do sleep 0.1; done; echo $((40 + 2))\n");
    // Seen before the shell ends: what is written last is now and then lost under load, with runc as well (1 run in 330).
    await terminal.waitFor(/\n42\r/);
    terminal.type("exit 6\n");
    expect(await terminal.exited).toBe(6);
  });
});

describe("ctr task", () => {
  beforeAll(async () => {
    await start(
      "task",
      ["--memory-limit", "67108864"],
      "sh",
      "-c",
      "trap 'echo USR1 > /got' USR1; sleep 1000 & while :; do sleep 0.1; done",
    );
  });

  afterAll(async () => {
    await ctr("task", "delete", "--force", "task");
    await ctr("container", "delete", "task");
  });

  async function start(id: string, flags: string[], ...command: string[]): Promise<void> {
    const { code, stderr } = await run(id, ["--detach", ...flags], ...command);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  }

  const exec = (...command: string[]) => ctr("task", "exec", "--exec-id", "e", "task", ...command);
  const taskStatus = async () => (await ctr("task", "ls")).stdout.split("\n").find((line) => /^task /.test(line)) ?? "";

  test("exec: output and exit code, and a command that is missing", async () => {
    expect(await exec("sh", "-c", "echo out; exit 4")).toMatchObject({ code: 4, stdout: "out\n" });
    const missing = await exec("no-such-command");
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toMatch(/no-such-command.*not found/);
  });

  test("exec --tty", async () => {
    const words = ["task", "exec", "--tty", "--exec-id", "t", "task", "sh"];
    const terminal = containerd.host.terminal([...containerd.ctr, ...words]);
    await terminal.waitFor(/# /);
    terminal.type("tty\n");
    await terminal.waitFor(/\/dev\/pts\//);
    terminal.type("exit 5\n");
    expect(await terminal.exited).toBe(5);
  });

  test("ps and metrics, limits", async () => {
    const { stdout: processes } = await ctr("task", "ps", "task");
    const pids = [...processes.matchAll(/^(\d+)/gm)].map(([, pid]) => pid);
    expect(pids.length).toBeGreaterThanOrEqual(2);
    const { code, stdout: metrics } = await ctr("task", "metrics", "task");
    expect(code).toBe(0);
    expect(metrics).toMatch(/^(memory\.usage_in_bytes|memory\.usage) +[1-9]/m);
    const limit = readCgroup(`${containerd.host.cgroupParent}/task`, "memory/memory.limit_in_bytes", "memory.max");
    expect(limit).toBe("67108864");
  });

  test("kill sends a signal", async () => {
    expect(await ctr("task", "kill", "--signal", "SIGUSR1", "task")).toMatchObject({ code: 0 });
    expect((await exec("sh", "-c", "while [ ! -e /got ]; do sleep 0.1; done; cat /got")).stdout).toBe("USR1\n");
  });

  test("pause and resume", async () => {
    expect(await ctr("task", "pause", "task")).toMatchObject({ code: 0 });
    expect(await taskStatus()).toContain("PAUSED");
    expect(await ctr("task", "resume", "task")).toMatchObject({ code: 0 });
    expect(await taskStatus()).toContain("RUNNING");
    expect((await exec("true")).code).toBe(0);
  });

  test("kill --all ends every process; delete takes the task away, with --force a running one", async () => {
    expect(await ctr("task", "kill", "--all", "--signal", "SIGKILL", "task")).toMatchObject({ code: 0 });
    for (const end = Date.now() + 30_000; !(await taskStatus()).includes("STOPPED"); await sleep(50)) {
      if (Date.now() > end) throw new Error(`it still runs: ${await taskStatus()}`);
    }
    expect((await containerd.host.run(["pgrep", "--full", "^sleep 1000"])).stdout).toBe("");
    expect(await ctr("task", "delete", "task")).toMatchObject({ code: 0 });
    expect(await taskStatus()).toBe("");
    await start("again", [], "sleep", "1000");
    expect(await ctr("task", "delete", "--force", "again")).toMatchObject({ code: 0 });
    expect(await ctr("container", "delete", "again")).toMatchObject({ code: 0 });
  });
});

test("when the containers are gone nothing is left: processes, mounts, cgroups, links, rules, files", async () => {
  expect(await remainsSince(before, containerd.host, PLACES)).toEqual([]);
});
