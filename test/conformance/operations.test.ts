import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";
import { identifyProcess, isAlive, readRuntimeState } from "@mydocker/state";
import { makeBundle, makeSandbox, type RuntimeCaller, runtimeCaller, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leftovers } from "../support/leftovers.ts";

// runtime.md: the five operations, the state, and what an error leaves.
let sandbox: Sandbox;
let call: RuntimeCaller;
let count = 0;

beforeAll(() => {
  sandbox = makeSandbox();
  call = runtimeCaller(sandbox);
});

afterAll(() => sandbox.cleanUp());

const place = (...names: string[]) => join(sandbox.directory, ...names);

function newBundle(args: string[], change?: (config: OciConfig) => void) {
  count += 1;
  const id = `o${count}`;
  return { id, ...makeBundle(place(`bundle-${count}`), args, change) };
}

async function created(args = ["sleep", "1000"], change?: (config: OciConfig) => void) {
  const bundle = newBundle(args, change);
  const made = await call(["create", "--bundle", bundle.directory, bundle.id]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  return { ...bundle, made };
}

async function stateOf(id: string) {
  return JSON.parse((await call(["state", id])).stdout);
}

const becomes = (id: string, status: string) =>
  expect.poll(async () => (await stateOf(id)).status, { timeout: 20_000 }).toBe(status);

describe("state", () => {
  it("has the members of the specification, of a container that is created", async () => {
    const { id, directory, rootfs } = await created(undefined, (config) => {
      config.annotations = { "org.example.key": "value" };
    });
    const state = await stateOf(id);
    expect(state).toEqual({
      ociVersion: "1.2.0",
      id,
      status: "created",
      pid: expect.any(Number),
      bundle: directory,
      rootfs,
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      annotations: { "org.example.key": "value" },
      owner: "root",
    });
    expect(readFileSync(`/proc/${state.pid}/cgroup`, "utf8")).toContain(`/${sandbox.paths.prefix}/${id}`);
  });

  it("is created, running, and stopped without a pid", async () => {
    const { id } = await created();
    const { pid } = await stateOf(id);
    await call(["start", id]);
    expect(await stateOf(id)).toMatchObject({ status: "running", pid });
    await call(["kill", id, "KILL"]);
    await becomes(id, "stopped");
    expect((await stateOf(id)).pid).toBe(0);
  });

  it("has the bundle as an absolute path, also where it was given as a relative one", async () => {
    const { id, directory } = newBundle(["true"]);
    expect((await call(["create", "--bundle", ".", id], { cwd: directory })).code).toBe(0);
    expect((await stateOf(id)).bundle).toBe(realpathSync(directory));
  });

  it("is an error without an id, and of a container that there is not", async () => {
    expect(await call(["state"])).toMatchObject({ code: 125, stdout: "" });
    expect(await call(["state", "nobody"])).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("create", () => {
  it("does not run the process", async () => {
    const { id, rootfs } = await created(["touch", "/ran"]);
    expect(existsSync(join(rootfs, "ran"))).toBe(false);
    await call(["start", id]);
    await becomes(id, "stopped");
    expect(existsSync(join(rootfs, "ran"))).toBe(true);
  });

  it("is an error without an id, or without a bundle", async () => {
    const { directory } = newBundle(["true"]);
    expect(await call(["create", "--bundle", directory])).toMatchObject({ code: 125 });
    expect(await call(["create", "--bundle", place("no-bundle"), "x"])).toMatchObject({ code: 125 });
  });

  it("is an error for an id that is taken, and leaves who has it alone", async () => {
    const { id, directory } = await created();
    const before = await stateOf(id);
    const again = await call(["create", "--bundle", directory, id]);
    expect(again).toMatchObject({ code: 125, stderr: expect.stringContaining("already exists") });
    expect(await stateOf(id)).toEqual(before);
    expect((await call(["start", id])).code).toBe(0);
  });

  it("takes the config as it is at that moment: later changes have no effect", async () => {
    const { id, directory, made, config } = await created(["echo", "first"]);
    writeFileSync(join(directory, "config.json"), JSON.stringify({ ...config, process: { args: ["echo", "second"] } }));
    await call(["start", id]);
    await becomes(id, "stopped");
    expect(made.stdoutNow()).toBe("first\n");
  });

  it("needs no process; then start is an error, and changes nothing", async () => {
    const { id } = await created(["true"], (config) => {
      delete config.process;
    });
    expect(await call(["start", id])).toMatchObject({ code: 1, stderr: expect.stringContaining("without a process") });
    expect((await stateOf(id)).status).toBe("created");
    expect((await call(["delete", id])).code).toBe(0);
  });

  it.each(["1.0.0", "1.0.2-dev", "1.3.0", "1.9.0", "1.0.0-rc5+dev"])("takes ociVersion %s", async (ociVersion) => {
    const { id } = await created(["true"], (config) => Object.assign(config, { ociVersion }));
    expect((await stateOf(id)).ociVersion).toBe(ociVersion);
  });

  it.each(["2.0.0", "0.9.0", "1", "", "1.x.0"])("refuses ociVersion %j", async (ociVersion) => {
    const { id, directory } = newBundle(["true"], (config) => Object.assign(config, { ociVersion }));
    const { code, stderr } = await call(["create", "--bundle", directory, id]);
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("ociVersion") });
  });

  it("ignores properties that it does not know, and takes null for what is not there", async () => {
    await created(["true"], (config) =>
      Object.assign(config, {
        hooks: null,
        annotations: null,
        "org.example": { a: 1 },
        vm: null,
        solaris: {},
        windows: {},
      }),
    );
  });

  it("refuses values that it does not support", async () => {
    const { id, directory } = newBundle(["true"], (config) =>
      Object.assign(config.linux ?? {}, { rootfsPropagation: "sideways" }),
    );
    const { code, stderr } = await call(["create", "--bundle", directory, id]);
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("rootfsPropagation") });
  });
});

describe("start", () => {
  it("runs the process, and nothing but a created container can be started", async () => {
    const { id, made } = await created(["sh", "-c", "echo ran; sleep 1000"]);
    expect(await call(["start", id])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    await expect.poll(made.stdoutNow).toBe("ran\n");
    expect((await call(["start", id])).code).toBe(1);
    expect((await stateOf(id)).status).toBe("running");
    await call(["kill", id, "KILL"]);
    await becomes(id, "stopped");
    expect((await call(["start", id])).code).toBe(1);
    expect(made.stdoutNow()).toBe("ran\n");
  });

  it("is an error without an id", async () => {
    expect((await call(["start"])).code).toBe(125);
  });

  it("is done by one of many that try it at the same time", async () => {
    const { id, made } = await created(["echo", "once"]);
    const codes = (await Promise.all([1, 2, 3, 4].map(() => call(["start", id])))).map(({ code }) => code);
    expect(codes.sort()).toEqual([0, 1, 1, 1]);
    await becomes(id, "stopped");
    expect(made.stdoutNow()).toBe("once\n");
  });
});

describe("kill", () => {
  it("sends the signal to the container's process, running or created", async () => {
    const { id, made } = await created([
      "sh",
      "-c",
      "trap 'echo got it; exit' USR1; echo up; while :; do sleep 0.1; done",
    ]);
    await call(["start", id]);
    await expect.poll(made.stdoutNow).toBe("up\n");
    expect((await call(["kill", id, "USR1"])).code).toBe(0);
    await becomes(id, "stopped");
    expect(made.stdoutNow()).toBe("up\ngot it\n");
    const waiting = await created();
    expect((await call(["kill", waiting.id, "KILL"])).code).toBe(0);
    await becomes(waiting.id, "stopped");
  });

  it("is an error without an id, for a signal that there is not, and of a container that is stopped", async () => {
    const { id } = await created();
    expect((await call(["kill"])).code).toBe(125);
    expect((await call(["kill", id, "NOSUCH"])).code).toBe(125);
    expect((await stateOf(id)).status).toBe("created");
    await call(["kill", id, "KILL"]);
    await becomes(id, "stopped");
    expect((await call(["kill", id, "TERM"])).code).toBe(1);
  });
});

describe("delete", () => {
  it("takes away all that create made, and nothing else; the id can be used again", async () => {
    const { id, directory, rootfs } = await created(["true"]);
    await call(["start", id]);
    await becomes(id, "stopped");
    expect((await call(["delete", id])).code).toBe(0);
    expect(remains(id)).toEqual([]);
    expect(existsSync(join(rootfs, "bin/busybox"))).toBe(true);
    expect((await call(["create", "--bundle", directory, id])).code).toBe(0);
  });

  it("is an error without an id, and of a container that runs, which goes on", async () => {
    const { id } = await created();
    await call(["start", id]);
    expect((await call(["delete"])).code).toBe(125);
    expect((await call(["delete", id])).code).toBe(1);
    expect((await stateOf(id)).status).toBe("running");
  });
});

describe("an error of create leaves nothing behind", () => {
  const socket = () => place("nobody-listens");
  it.each<[string, string[], ((config: OciConfig) => void) | undefined, string[]?]>([
    ["a pid file in a directory that there is not", ["--pid-file", "/no/such/directory/pid"], undefined],
    ["a console socket that there is not", ["--console-socket", "/no/such/socket"], terminal],
    ["a console socket without a terminal", ["--console-socket", "/no/such/socket"], undefined],
    ["a terminal without a console socket", [], terminal],
    ["a pidfd socket that there is not", ["--pidfd-socket", "/no/such/socket"], undefined],
    ["a descriptor that is not open", ["--preserve-fds", "5"], undefined],
    ["a command that is missing", [], undefined, ["no-such-command"]],
    ["a command that cannot be executed", [], undefined, ["/etc/passwd"]],
    ["a root that there is not", [], (config) => Object.assign(config, { root: { path: "no-root" } })],
    [
      "a mount of nothing",
      [],
      (config) => config.mounts?.push({ destination: "/x", source: "/no/such", options: ["bind"] }),
    ],
    ["a mount of an unknown type", [], (config) => config.mounts?.push({ destination: "/x", type: "nosuchfs" })],
    [
      "a namespace that there is not",
      [],
      (config) => config.linux?.namespaces?.splice(1, 1, { type: "network", path: "/run/netns/no-such" }),
    ],
    [
      "a limit that the kernel refuses",
      [],
      (config) => Object.assign(config.linux ?? {}, { resources: { cpu: { cpus: "9999" } } }),
    ],
    [
      "a system call filter of nonsense",
      [],
      (config) => Object.assign(config.linux ?? {}, { seccomp: { defaultAction: "NO" } }),
    ],
    [
      "a sysctl that there is not",
      [],
      (config) => Object.assign(config.linux ?? {}, { sysctl: { "net.no.such": "1" } }),
    ],
    ["a user's directory that is a file", [], (config) => Object.assign(config.process ?? {}, { cwd: "/etc/passwd" })],
  ])("%s", async (_, flags, change, args = ["true"]) => {
    const { id, directory } = newBundle(args, change);
    const before = await leftovers(sandbox);
    const { code, stderr, stdout } = await call(["create", ...flags, "--bundle", directory, id]);
    expect({ code, stdout }).toEqual({ code: expect.toSatisfy((value: number) => value >= 125), stdout: "" });
    expect(stderr).toMatch(/^mydocker-init create: [^\n]+\n$/);
    expect(remains(id)).toEqual([]);
    expect(await leftovers(sandbox)).toEqual(before);
  });

  it("a pid file that cannot take the place of what is there, when the container is ready", async () => {
    const { id, directory } = newBundle(["true"]);
    mkdirSync(place("pids/file"), { recursive: true });
    const before = await leftovers(sandbox);
    const made = await call(["create", "--pid-file", place("pids/file"), "--bundle", directory, id]);
    expect(made).toMatchObject({ code: 125, stdout: "", stderr: expect.stringContaining("pid file") });
    expect(readdirSync(place("pids"))).toEqual(["file"]);
    expect(remains(id)).toEqual([]);
    expect(await leftovers(sandbox)).toEqual(before);
  });

  it("a socket on which nobody listens any more", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket(), resolve));
    await new Promise((resolve) => server.close(resolve));
    const { id, directory } = newBundle(["true"], terminal);
    const made = await call(["create", "--console-socket", socket(), "--bundle", directory, id]);
    expect(made).toMatchObject({ code: 125, stderr: expect.stringContaining("console socket") });
    expect(remains(id)).toEqual([]);
  });

  it("one that is killed on its way: its process goes with it, and delete --force or gc takes away the rest", async () => {
    // Opening a FIFO for reading waits for who writes to it: there the container's process stands still.
    await sandbox.shell(`mkfifo ${place("gate")}`);
    for (const undo of [["delete", "--force"], ["gc"]]) {
      const { id, directory } = newBundle(["true"], (config) =>
        config.linux?.namespaces?.splice(1, 1, { type: "network", path: place("gate") }),
      );
      const script = `mydocker-init create --bundle ${directory} ${id} </dev/null >${place("killed")} 2>&1 & echo $!`;
      const runtime = identifyProcess(Number((await sandbox.shell(script)).stdout));
      await expect.poll(() => readRuntimeState(join(sandbox.paths.runtime, id)), { timeout: 20_000 }).toBeDefined();
      const init = readRuntimeState(join(sandbox.paths.runtime, id))?.init;
      process.kill(runtime?.pid ?? 0, "SIGKILL");
      await expect.poll(() => [runtime, init].filter((one) => one === undefined || isAlive(one))).toEqual([]);
      expect((await call(undo[0] === "gc" ? undo : [...undo, id])).code).toBe(0);
      expect(remains(id)).toEqual([]);
    }
  });
});

function terminal(config: OciConfig): void {
  if (config.process !== undefined) config.process.terminal = true;
}

/** What is on the host of a container of that id. */
function remains(id: string): string[] {
  const { prefix, runtime } = sandbox.paths;
  const hierarchies = ["", ...readdirSync("/sys/fs/cgroup")].map((name) => join("/sys/fs/cgroup", name, prefix, id));
  return [join(runtime, id), ...hierarchies].filter((path) => existsSync(path));
}
