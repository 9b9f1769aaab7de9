import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findHierarchies } from "@mydocker/cgroup";
import { makeSandbox } from "@mydocker/testing";
import { afterAll, afterEach, expect, it } from "vitest";

// `apply -- COMMAND`: a command in a cgroup of its own, without a container.

const sandbox = makeSandbox();
const hierarchies = findHierarchies();
const cgroups = () =>
  hierarchies.map(({ path }) => join(path, sandbox.paths.prefix)).filter((directory) => existsSync(directory));
const run = (...args: string[]) => sandbox.tool("mydocker-cgroup", ["apply", ...args]);
const list = async () => (await sandbox.tool("mydocker-cgroup", ["list", "-q"])).stdout;

afterEach(async () => {
  expect(await list()).toBe("");
  expect((await sandbox.tool("mydocker-cgroup", ["gc"])).code).toBe(0);
  expect(cgroups()).toEqual([]);
});
afterAll(() => sandbox.cleanUp());

it("has its limits, its stdio and its exit code", async () => {
  const { code, stdout, stderr } = await sandbox.tool(
    "mydocker-cgroup",
    ["apply", "--cpuset-cpus", "0", "--", "sh", "-c", "cat; nproc; cat /proc/self/cgroup; echo said >&2; exit 7"],
    { input: "given\n" },
  );
  expect([code, stderr]).toEqual([7, "said\n"]);
  expect(stdout).toMatch(new RegExp(`^given\n1\n[^]*:/${sandbox.paths.prefix}/command-\\d+\\.\\d+\n`));
});

it("is killed for its memory, and told so", async () => {
  const { code, stderr } = await run("--memory", "16m", "--memory-swap", "16m", "--", "tail", "/dev/zero");
  expect([code, stderr]).toEqual([
    137,
    "mydocker-cgroup finish: killed: over its 16 MiB memory limit; try: a higher --memory\n",
  ]);
  expect(await run("--memory", "16m", "--", "sh", "-c", "kill -KILL $$")).toMatchObject({ code: 137, stderr: "" });
});

it("takes along what it leaves in the background", async () => {
  const { code, stdout } = await run("--", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!");
  expect(code).toBe(0);
  // It may still have to be waited for by whoever takes orphans.
  await expect.poll(() => existsSync(`/proc/${stdout.trim()}`), { timeout: 30_000 }).toBe(false);
});

it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s reaches the command, and the cgroup goes", async (signal) => {
  const script = `trap 'echo caught; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
  const child = spawn("mydocker-cgroup", ["apply", "--", "sh", "-c", script], {
    env: sandbox.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (chunk.includes("ready")) child.kill(signal);
  });
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(3);
  expect(text).toBe("ready\ncaught\n");
});

it("ignores and blocks what whoever calls it has it ignore", async () => {
  const script = (command: string) => `trap '' HUP INT USR1; exec ${command} grep -E 'Sig(Blk|Ign)' /proc/self/status`;
  const [limited, plain] = [
    await sandbox.shell(script("mydocker-cgroup apply --")),
    await sandbox.shell(script("env")),
  ];
  expect(plain.stdout).toMatch(/^SigIgn:\t[0-9a-f]+203$/m);
  expect(limited).toEqual(plain);
});

it("stops where its command does, and goes on with it", async () => {
  const script = `set -m
    mydocker-cgroup apply -- sh -c 'kill -TSTP $$; echo on' &
    state() { ps -o state= -p $!; }
    for try in $(seq 300); do [ "$(state)" = T ] && break; sleep 0.1; done
    state; kill -CONT -$!; wait -f $!; echo $?`;
  expect((await sandbox.shell(script)).stdout).toBe("T\non\n0\n");
});

it("hands a terminal's signals to a command that has a session of its own", async () => {
  const script = `trap 'echo caught; exit 4' INT; echo ready; while :; do sleep 0.05; done`;
  const command = `exec mydocker-cgroup apply -- setsid sh -c "${script}"`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], {
    env: { ...sandbox.env, SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (chunk.includes("ready")) child.stdin.write("\u0003");
  });
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(4);
  expect(text).toContain("caught");
});

it("dies with the one that was to take its cgroup away, which gc does then", async () => {
  const child = spawn("mydocker-cgroup", ["apply", "--", "sh", "-c", "sleep 1000 & echo ready; sleep 1000"], {
    env: sandbox.env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const id = (await list()).trim();
  expect(id).toMatch(/^command-/);
  expect((await sandbox.tool("mydocker-cgroup", ["gc"])).stdout).toBe("");
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("close", resolve).once("exit", resolve));
  expect((await sandbox.tool("mydocker-cgroup", ["gc"])).stdout).toBe(`cgroup /${sandbox.paths.prefix}/${id}\n`);
});

it.each([
  [["--memory", "1m", "--", "true"], 125, "Minimum memory limit allowed is 6MB"],
  [["--cgroup-conf", "nosuch.file=1", "--", "true"], 125, "nosuch"],
  [["--"], 125, "a command is missing"],
  [["--", "no-such-command"], 127, "run the command, no-such-command: ENOENT"],
  [["--", "/etc/passwd"], 126, "run the command, /etc/passwd: EACCES"],
])("%j ends with a line and its code", async (args, exit, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([exit, ""]);
  expect(stderr).toContain(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

it("--dry-run prints what would be made, and makes nothing", async () => {
  const { code, stdout } = await run("--memory", "64m", "--dry-run", "--", "true");
  expect(code).toBe(0);
  expect(stdout).toContain("67108864");
  expect(cgroups()).toEqual([]);
});
