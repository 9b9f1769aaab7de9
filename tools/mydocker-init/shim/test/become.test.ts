import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { findHierarchies } from "@mydocker/cgroup";
import { isAlive } from "@mydocker/state";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { encodePlan, type PlannedOperation, SHIM } from "./encode-plan.ts";
import { type ContainerPlan, makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";

// The shim as mydocker-init becomes it: a plan file, messages for people, and the end of the container its own affair.
let rootfs: Rootfs;

beforeAll(() => buildShim());
beforeEach(() => {
  rootfs = makeRootfs();
});
afterEach(() => rootfs.remove());

const place = (name: string) => join(rootfs.directory, name);
const NAMED: PlannedOperation = ["messages", "mydocker-init test", 0];

function writePlan(container: Partial<ContainerPlan> & { command: string[] }): string[] {
  const plan = planContainer(rootfs, { before: [], ...container, host: [NAMED, ...(container.host ?? [])] });
  writeFileSync(place("plan"), encodePlan(plan), { mode: 0o600 });
  return ["run", "--plan-file", place("plan")];
}

function run(container: Partial<ContainerPlan> & { command: string[] }) {
  return spawnSync(SHIM, writePlan(container), { encoding: "utf8" });
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 10_000, interval: 10 }).toBe(true);
}

describe("messages", () => {
  const bind: PlannedOperation = ["bind", "/no/such", "/x", 0, 0, 0, 0];

  test("a failure is one line in the name of who became the shim; the plan file is gone", () => {
    const { status, stderr } = run({ command: ["true"], before: [bind] });
    expect([status, existsSync(place("plan"))]).toEqual([125, false]);
    expect(stderr).toMatch(/^mydocker-init test: bind: .*\/no\/such.*: ENOENT: No such file or directory[^\n]*\n$/);
  });

  test("or one JSON object, whatever characters are in it", () => {
    const { stderr } = run({ command: ['no"\n such\\'] });
    expect(stderr).toMatch(/^mydocker-init test: exec: .*not found in \$PATH\n$/);
    const plan = planContainer(rootfs, { host: [["messages", "a b", 1]], before: [], command: ['no"\n such\\'] });
    writeFileSync(place("plan"), encodePlan(plan));
    const { status, stderr: json } = spawnSync(SHIM, ["run", "--plan-file", place("plan")], { encoding: "utf8" });
    expect(status).toBe(127);
    expect(JSON.parse(json)).toEqual({
      level: "error",
      source: "a b",
      msg: expect.stringContaining("not found in $PATH"),
      code: "ENOENT",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });
});

test("a record has the pids and start times of the container and of the shim, before its command runs", () => {
  const pieces = ['{"init":{"pid":', ',"start":', '},"monitor":{"pid":', ',"start":', "}}"];
  // The container looks for it by a bind mount: what is there when the command runs.
  mkdirSync(place("run"));
  const { status, stdout, pid } = run({
    host: [["record", place("run/state.json"), ...pieces]],
    before: [["bind", place("run"), "/run", 0, 0, 0, 0]],
    command: ["cat", "/run/state.json"],
  });
  const { init, monitor } = JSON.parse(stdout);
  expect([status, monitor.pid]).toEqual([0, pid]);
  expect(init.pid).toBeGreaterThan(pid);
  expect(init.start).toBeGreaterThanOrEqual(monitor.start);
  expect(statSync(place("run/state.json")).mode & 0o777).toBe(0o600);
});

describe("teardown", () => {
  const hook = (script: string, options: { beside?: number; timeout?: number } = {}): PlannedOperation => {
    const { beside = 0, timeout = 0 } = options;
    return ["hook", "poststop", "/bin/sh", timeout, beside, '{"pid":', "}", 3, "sh", "-c", script, "A=1"];
  };

  test("hooks get the state, their own environment and nothing else; a failure is a warning", () => {
    const teardown = [hook(`cat >${place("got")}; env >>${place("got")}`), hook("echo broken >&2; exit 3")];
    const { status, stderr } = run({ command: ["true"], teardown });
    expect([status, stderr]).toEqual([0, "mydocker-init test: warning: poststop hook /bin/sh: exit code 3: broken\n"]);
    expect(readFileSync(place("got"), "utf8")).toMatch(/^\{"pid":0\}/);
    const variables = readFileSync(place("got"), "utf8").slice('{"pid":0}'.length).trim().split("\n");
    expect(variables.filter((one) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(one))).toEqual(["A=1"]);
  });

  test("hooks run in their order but for those that may run beside the one before, and are killed in time", () => {
    const meet = (own: string, other: string) =>
      `touch ${place(own)}; for i in 1 2 3 4 5 6 7 8 9; do [ -e ${place(other)} ] && exit 0; sleep 0.2; done; exit 1`;
    const teardown = [
      hook(`[ ! -e ${place("a")} ]`),
      hook(meet("a", "b")),
      hook(meet("b", "a"), { beside: 1 }),
      hook("exec sleep 60", { timeout: 1 }),
    ];
    const { stderr } = run({ command: ["true"], teardown });
    expect(stderr).toBe("mydocker-init test: warning: poststop hook /bin/sh: killed, for its timeout is over\n");
  });

  test("cgroups go with those below and what still runs in them; the directory goes with its files", async () => {
    const name = `mydocker-shim-test-${process.pid}`;
    const cgroups = findHierarchies().map(({ path }) => join(path, name));
    for (const cgroup of cgroups) mkdirSync(join(cgroup, "below"), { recursive: true });
    const left = spawn("sleep", ["1000"], { stdio: "ignore" });
    const ended = new Promise((resolve) => left.once("exit", (_, signal) => resolve(signal)));
    const home = cgroups.find((cgroup) => cgroup.includes("freezer")) ?? cgroups[0] ?? "";
    writeFileSync(join(home, "below", "cgroup.procs"), String(left.pid));
    mkdirSync(place("run"));
    writeFileSync(place("run/file"), "");
    const plan = writePlan({
      command: ["true"],
      teardown: [
        ["remove-cgroups", ...cgroups, "/sys/fs/cgroup/none/such"],
        ["remove-directory", place("run")],
      ],
    });
    const shim = spawn(SHIM, plan, { stdio: ["ignore", "ignore", "pipe"] });
    expect(await new Promise((resolve) => shim.once("exit", resolve))).toBe(0);
    expect(await ended).toBe("SIGKILL");
    expect([...cgroups, place("run")].filter((path) => existsSync(path))).toEqual([]);
  });
});

describe("detach", () => {
  test("leaves once the container runs, and prints its line", async () => {
    const { status, stdout } = run({
      host: [
        ["detach", "the id\n"],
        ["relay", place("log"), place("socket"), 0],
        ["exit-file", place("exit.json")],
      ],
      command: ["sh", "-c", "sleep 0.5; exit 4"],
    });
    expect([status, stdout, existsSync(place("exit.json"))]).toEqual([0, "the id\n", false]);
    await until(() => existsSync(place("exit.json")));
    expect(JSON.parse(readFileSync(place("exit.json"), "utf8"))).toMatchObject({ exitCode: 4 });
  });

  test("tells a failure, once it is undone, in place of the line", () => {
    const teardown: PlannedOperation[] = [["undo", "/bin/sh", "-c", `sleep 0.3; touch ${place("undone")}`]];
    const host: PlannedOperation[] = [
      ["detach", "the id\n"],
      ["relay", place("log"), place("socket"), 0],
    ];
    const { status, stdout, stderr } = run({ host, command: ["nonesuch"], teardown });
    expect([status, stdout, existsSync(place("undone"))]).toEqual([127, "", true]);
    expect(stderr).toMatch(/^mydocker-init test: exec: "nonesuch"[^\n]*\n$/);
  });

  test("a caller that was killed before the container was ready leaves none", async () => {
    // Opening a FIFO for writing waits for a reader: the monitor stands still there.
    spawnSync("mkfifo", [place("gate")]);
    const pieces = ['{"pid":', ',"start":', "}"];
    const plan = writePlan({
      host: [
        ["detach", ""],
        ["relay", place("log"), place("socket"), 0],
        ["cgroup", place("gate")],
        ["record", place("state.json"), ...pieces],
      ],
      command: ["sleep", "1000"],
      teardown: [["undo", "/bin/touch", place("undone")]],
    });
    const front = spawn(SHIM, plan, { stdio: "ignore" });
    await until(() => existsSync(place("socket")));
    front.kill("SIGKILL");
    await new Promise((resolve) => front.once("exit", resolve));
    await (await open(place("gate"), "r")).close();
    await until(() => existsSync(place("undone")));
    expect(isAlive(JSON.parse(readFileSync(place("state.json"), "utf8")))).toBe(false);
  });
});
