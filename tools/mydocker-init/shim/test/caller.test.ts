import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildShim } from "./build-shim.ts";
import { encodePlan, type PlannedOperation, SHIM } from "./encode-plan.ts";
import { type ContainerPlan, makeRootfs, planContainer, type Rootfs } from "./make-rootfs.ts";

// What the shim gives to whoever calls the runtime: a pid file, descriptors over sockets, a log of what went wrong.
let rootfs: Rootfs;

beforeAll(() => buildShim());
beforeEach(() => {
  rootfs = makeRootfs();
});
afterEach(() => rootfs.remove());

const place = (name: string) => join(rootfs.directory, name);

function writePlan(role: string, container: Partial<ContainerPlan> & { command: string[] }): string[] {
  const host: PlannedOperation[] = [["messages", "mydocker-init test", 0], ...(container.host ?? [])];
  writeFileSync(place("plan"), encodePlan(planContainer(rootfs, { before: [], ...container, host })), { mode: 0o600 });
  return [role, "--plan-file", place("plan")];
}

function run(container: Partial<ContainerPlan> & { command: string[] }) {
  return spawnSync(SHIM, writePlan("run", container), { encoding: "utf8" });
}

const missing: PlannedOperation = ["bind", "/no/such", "/x", 0, 0, 0, 0];

describe("log", () => {
  test("one object of JSON for a failure of the child's, with what to try, and the text on stderr all the same", () => {
    const host: PlannedOperation[] = [["log", place("log"), 1]];
    const { status, stderr } = run({ host, before: [missing], command: ["true"] });
    const entry = JSON.parse(readFileSync(place("log"), "utf8"));
    expect(status).toBe(125);
    expect(entry).toEqual({
      level: "error",
      msg: expect.stringMatching(/^bind: .*ENOENT: No such file or directory/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(stderr).toBe(`mydocker-init test: ${entry.msg}\n`);
  });

  test("a failure of the parent's, behind what is in the file already, whatever characters are in it", () => {
    writeFileSync(place("log"), '{"level":"info"}\n');
    const path = place('no"such\\dir\n/x');
    run({
      host: [
        ["log", place("log"), 1],
        ["cgroup", path],
      ],
      command: ["true"],
    });
    const lines = readFileSync(place("log"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "").msg).toContain(path);
  });

  test("form 0: a line of text", () => {
    run({ host: [["log", place("log"), 0]], command: ["no-such"] });
    expect(readFileSync(place("log"), "utf8")).toMatch(
      /^time="[^"]+" level=error msg="exec: \\"no-such\\": executable file not found in \$PATH"\n$/,
    );
  });

  test("nothing where nothing fails, also of a command with an exit code; and one line when the undoing fails too", () => {
    expect(run({ host: [["log", place("log"), 1]], command: ["sh", "-c", "exit 3"] }).status).toBe(3);
    expect(readFileSync(place("log"), "utf8")).toBe("");
    const teardown: PlannedOperation[] = [["undo", "/bin/sh", "-c", "exit 1"]];
    run({ host: [["log", place("log"), 1]], before: [missing], command: ["true"], teardown });
    expect(readFileSync(place("log"), "utf8").split("\n")).toHaveLength(2);
  });

  test("one that cannot be opened is a failure, before anything is done", () => {
    const host: PlannedOperation[] = [
      ["log", "/no/such/log", 1],
      ["pid-file", place("pid")],
    ];
    const { status, stderr } = run({ host, command: ["true"] });
    expect([status, existsSync(place("pid"))]).toEqual([125, false]);
    expect(stderr).toMatch(/open the log \/no\/such\/log: ENOENT/);
  });
});

describe("pid-file", () => {
  test("is there when the command has run, with a number and nothing else", () => {
    mkdirSync(place("pids"));
    const { status } = run({ host: [["pid-file", place("pids/pid")]], command: ["true"] });
    expect(status).toBe(0);
    expect(readdirSync(place("pids"))).toEqual(["pid"]);
    expect(readFileSync(place("pids/pid"), "utf8")).toMatch(/^\d+$/);
  });

  test("of a container that fails there is none", () => {
    mkdirSync(place("pids"));
    expect(run({ host: [["pid-file", place("pids/pid")]], before: [missing], command: ["true"] }).status).toBe(125);
    expect(readdirSync(place("pids"))).toEqual([]);
  });

  test.each(["relative", "/", "/tmp/"])("%s is no path of a file", (path) => {
    expect(run({ host: [["pid-file", path]], command: ["true"] }).stderr).toContain("not the absolute path of a file");
  });
});

test("failure-code: of what fails before the command runs, and not of the command", () => {
  const host: PlannedOperation[] = [["failure-code", 255]];
  expect(run({ host, command: ["no-such"] }).status).toBe(255);
  expect(run({ host, before: [missing], command: ["true"] }).status).toBe(255);
  expect(run({ host: [...host, ["cgroup", "/no/such"]], command: ["true"] }).status).toBe(255);
  expect(run({ host, command: ["sh", "-c", "exit 3"] }).status).toBe(3);
});

describe("a socket whose listener has gone by the time that there is something to send", () => {
  test.each<[string, PlannedOperation[], PlannedOperation[]]>([
    ["console-socket", [["console-socket", "SOCKET"]], [["terminal", 0, 0, 0]]],
    ["pidfd-socket", [["pidfd-socket", "SOCKET", "standard"]], []],
  ])("%s: the container is undone, and it is told once", async (_, connect, before) => {
    const connected = new Promise<Socket>((resolve) => {
      const server = createServer((socket) => {
        server.close();
        resolve(socket);
      });
      server.listen(place("socket"));
    });
    // Opening a FIFO for writing waits for a reader: the shim stands still there, connected.
    spawnSync("mkfifo", [place("gate")]);
    const host: PlannedOperation[] = [
      ["log", place("log"), 1],
      ...connect.map(([name, , ...more]): PlannedOperation => [name, place("socket"), ...more]),
      ["pid-file", place("pid")],
      ["cgroup", place("gate")],
    ];
    const teardown: PlannedOperation[] = [["undo", "/bin/touch", place("undone")]];
    const devpts: PlannedOperation[] = [["mount", "devpts", "devpts", "/dev/pts", 0, "newinstance", "ptmxmode=0666"]];
    const plan = writePlan("run", { host, before: [...devpts, ...before], command: ["touch", "/ran"], teardown });
    const shim = spawn(SHIM, plan, { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    shim.stderr.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const ended = new Promise((resolve) => shim.once("close", resolve));
    (await connected).destroy();
    await (await open(place("gate"), "r")).close();
    expect(await ended).toBe(125);
    expect(stderr).toMatch(/^mydocker-init test: send [^\n]*EPIPE[^\n]*\n$/);
    expect(JSON.parse(readFileSync(place("log"), "utf8")).msg).toContain("EPIPE");
    expect([existsSync(place("undone")), existsSync(place("pid"))]).toEqual([true, false]);
  });
});
