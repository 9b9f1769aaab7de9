import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { findHierarchies } from "@mydocker/cgroup";
import type { OciConfig } from "@mydocker/oci";
import { identifyProcess, isAlive } from "@mydocker/state";
import {
  BIN,
  type DescriptorReceiver,
  makeBundle,
  makeSandbox,
  type RuntimeCaller,
  receiveDescriptor,
  runtimeCaller,
  type Sandbox,
} from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

// What engines call and parse: one property a test, called as they call it.
let sandbox: Sandbox;
let call: RuntimeCaller;
const receivers: DescriptorReceiver[] = [];
let count = 0;

beforeAll(() => {
  sandbox = makeSandbox();
  call = runtimeCaller(sandbox);
});

afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.stop();
});

afterAll(() => sandbox.cleanUp());

const place = (...names: string[]) => join(sandbox.directory, ...names);

function newBundle(args: string[], change?: (config: OciConfig) => void) {
  count += 1;
  const id = `c${count}`;
  return { id, ...makeBundle(place(`bundle-${count}`), args, change) };
}

async function listen(name: string): Promise<DescriptorReceiver> {
  const receiver = await receiveDescriptor(sandbox.directory, name);
  receivers.push(receiver);
  return receiver;
}

const withTerminal = (config: OciConfig): void => {
  if (config.process !== undefined) config.process.terminal = true;
};

async function stateOf(id: string) {
  return JSON.parse((await call(["state", id])).stdout);
}

/** A container that runs `command`, by default until it is killed. */
async function running(command = ["sleep", "1000"], change?: (config: OciConfig) => void): Promise<string> {
  const { id, directory } = newBundle(command, change);
  expect(await call(["create", "--bundle", directory, id])).toMatchObject({ code: 0, stderr: "" });
  expect(await call(["start", id])).toMatchObject({ code: 0, stderr: "" });
  return id;
}

const stopped = (id: string) =>
  expect.poll(async () => (await stateOf(id)).status, { timeout: 20_000 }).toBe("stopped");

describe("flags before the verb", () => {
  it("--root DIR: the state is in DIR/ID for every verb, and nowhere else", async () => {
    const root = place("root of an engine");
    const { id, directory } = newBundle(["sleep", "1000"]);
    expect((await call(["--root", root, "create", "--bundle", directory, id])).code).toBe(0);
    expect(readdirSync(root)).toEqual([id]);
    expect((await call(["state", id])).stderr).toContain("does not exist");
    expect((await call([`--root=${root}`, "start", id])).code).toBe(0);
    expect((await call(["--root", root, "exec", id, "echo", "in"])).stdout).toBe("in\n");
    expect(JSON.parse((await call(["--root", root, "ps", "--format", "json", id])).stdout)).toHaveLength(1);
    expect((await call(["--root", root, "list", "-q"])).stdout).toBe(`${id}\n`);
    expect((await call(["list", "-q"])).stdout).not.toContain(`${id}\n`);
    expect((await call(["--root", root, "kill", id, "KILL"])).code).toBe(0);
    expect((await call(["--root", root, "delete", "--force", id])).code).toBe(0);
    expect(readdirSync(root)).toEqual([]);
  });

  it("--root DIR: what the shim could not make is undone there, and gc finds what was left there", async () => {
    const root = place("other root");
    const { id, directory } = newBundle(["no-such-command"]);
    expect((await call(["--root", root, "create", "--bundle", directory, id])).code).toBe(127);
    expect(readdirSync(root)).toEqual([]);
    mkdirSync(join(root, "left"));
    expect((await call(["--root", root, "gc"])).stdout).toBe("container left\n");
  });

  it.each([
    ["of a verb itself", ["state", "nobody"], /does not exist/],
    ["of the arguments", ["state"], /expected 1 argument/],
    ["of a config", ["create", "--bundle", "/no/such/bundle", "x"], /ENOENT/],
  ])("--log FILE --log-format json: one object for a failure %s, and the text on stderr", async (_, args, message) => {
    const log = place(`log-${args.join("-").replaceAll("/", "_")}`);
    const { code, stderr } = await call(["--log", log, "--log-format", "json", ...args]);
    expect(code).not.toBe(0);
    const entry = JSON.parse(readFileSync(log, "utf8"));
    expect(entry).toEqual({ level: "error", msg: expect.stringMatching(message), time: expect.any(String) });
    expect(new Date(entry.time).toISOString()).toBe(entry.time);
    expect(stderr).toContain(entry.msg);
    expect(stderr).not.toContain('"level"');
  });

  it("--log: a failure of the shim's is one object too, also of a command that is missing", async () => {
    const log = place("shim.log");
    const missing = newBundle(["no-such-command"]);
    const flags = [`--log=${log}`, "--log-format=json"];
    const { stderr } = await call([...flags, "create", "--bundle", missing.directory, missing.id]);
    expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({
      level: "error",
      msg: 'exec: "no-such-command": executable file not found in $PATH',
    });
    expect(stderr).toContain('exec: "no-such-command": executable file not found in $PATH');
    const mount = newBundle(["true"], (config) => {
      config.mounts?.push({ destination: "/x", source: "/no/such", options: ["bind"] });
    });
    await call([...flags, "create", "--bundle", mount.directory, mount.id]);
    const lines = readFileSync(log, "utf8").trim().split("\n");
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? "").msg).toMatch(/no such file or directory/i);
  });

  it("--log: for a call that succeeds what it warns of, which is kept from the container's output", async () => {
    const log = place("quiet.log");
    const { id, directory } = newBundle(["true"], (config) => {
      config.process?.capabilities?.bounding?.push("CAP_SYS_RESOURCE");
      config.process?.capabilities?.permitted?.push("CAP_SYS_RESOURCE");
    });
    const run = ["--log", log, "--log-format", "json", "run", "--bundle", directory, id];
    expect(await call(run)).toMatchObject({ code: 0, stderr: "" });
    const lines = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    const bounding = /^CapBnd:\s+(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    const isLacking = ((BigInt(`0x${bounding}`) >> 24n) & 1n) === 0n;
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      (isLacking ? ["bounding", "capabilities"] : []).map((operation) => ({
        level: "warning",
        msg: expect.stringMatching(`^${operation}: .*CAP_SYS_RESOURCE$`),
        time: expect.any(String),
      })),
    );
  });

  it("--log without a format: a line of text", async () => {
    await call(["--log", place("text.log"), "state", "nobody"]);
    expect(readFileSync(place("text.log"), "utf8")).toMatch(
      /^time="[^"]+" level=error msg="container \\"nobody\\" does not exist"\n$/,
    );
  });

  it("--log FILE that cannot be written is a failure", async () => {
    const { code, stderr } = await call(["--log", "/no/such/directory/log", "list"]);
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("--log: ENOENT") });
  });

  it("--debug, --rootless=BOOL and --criu are taken", async () => {
    const flags = ["--debug", "--rootless=true", "--criu", "/sbin/criu", "--cgroup-manager=cgroupfs"];
    expect(await call([...flags, "list", "-q"])).toMatchObject({ code: 0 });
  });

  it("--systemd-cgroup: cgroupsPath names a scope in a slice", async () => {
    const slice = `${sandbox.paths.prefix}.slice`;
    const { id, directory } = newBundle(["sleep", "1000"], (config) => {
      config.linux = { ...config.linux, cgroupsPath: `${slice}:engine:one` };
    });
    const flags = ["--systemd-cgroup"];
    expect((await call([...flags, "create", "--bundle", directory, id])).code).toBe(0);
    const { pid } = await stateOf(id);
    expect(readFileSync(`/proc/${pid}/cgroup`, "utf8")).toContain(`/${slice}/engine-one.scope\n`);
    expect((await call([...flags, "delete", "--force", id])).code).toBe(0);
    for (const { path } of findHierarchies()) {
      // Where no controller is, nothing is made.
      if (!existsSync(join(path, slice))) continue;
      expect(readdirSync(join(path, slice), { withFileTypes: true }).filter((entry) => entry.isDirectory())).toEqual(
        [],
      );
      rmdirSync(join(path, slice));
    }
    const plain = newBundle(["true"], (config) => {
      config.linux = { ...config.linux, cgroupsPath: "/mydocker/x" };
    });
    const refused = await call([...flags, "create", "--bundle", plain.directory, plain.id]);
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining("SLICE:PREFIX:NAME") });
  });

  it("--cgroup-manager disabled: the container stays in its caller's cgroups", async () => {
    const flags = ["--cgroup-manager", "disabled"];
    const { id, directory } = newBundle(["cat", "/proc/self/cgroup"], (config) => {
      config.linux = {
        ...config.linux,
        namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "cgroup"),
      };
    });
    const { stdout, code } = await call([...flags, "run", "--bundle", directory, id]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: readFileSync("/proc/self/cgroup", "utf8") });
    const limited = newBundle(["true"], (config) => {
      config.linux = { ...config.linux, resources: { pids: { limit: 10 } } };
    });
    const refused = await call([...flags, "run", "--bundle", limited.directory, limited.id]);
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining("linux.resources.pids") });
  });

  it.each(["--version", "-v"])("%s: name and version, commit, spec, a line each", async (flag) => {
    const { code, stdout } = await call([flag]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mydocker-init version \d+\.\d+\.\d+\S*\ncommit: \S+\nspec: 1\.\d+\.\d+\n$/);
  });

  it("a flag that there is not is a failure", async () => {
    expect(await call(["--nonesuch", "list"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("unknown flag"),
    });
  });
});

describe("create", () => {
  it("--pid-file: the pid in decimal, without a newline, when it returns; and nothing on its stdio, which is the container's", async () => {
    const { id, directory } = newBundle(["sh", "-c", "cat; echo out; echo err >&2"]);
    const made = await call(["create", "--bundle", directory, "--pid-file", place("pid"), id]);
    const pid = readFileSync(place("pid"), "utf8");
    expect(made).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(pid).toMatch(/^\d+$/);
    expect(await stateOf(id)).toMatchObject({ status: "created", pid: Number(pid) });
    expect((await call(["start", id])).stdout).toBe("");
    await stopped(id);
    expect({ out: made.stdoutNow(), err: made.stderrNow() }).toEqual({ out: "out\n", err: "err\n" });
  });

  it("without --bundle it is the working directory, where nothing comes on stdin", async () => {
    const { id, directory } = newBundle(["true"]);
    expect(await call(["create", id], { cwd: directory })).toMatchObject({ code: 0, stderr: "" });
    expect((await stateOf(id)).bundle).toBe(directory);
    // A pipe is a stage in front, which has failed if it is empty.
    expect(await call(["create", "piped"], { cwd: directory, input: "" })).toMatchObject({ code: 125, stderr: "" });
  });

  it("a relative pid file is in the working directory of the call", async () => {
    const { id, directory } = newBundle(["true"]);
    expect((await call(["create", "--bundle", ".", "--pid-file", "here", id], { cwd: directory })).code).toBe(0);
    expect((await stateOf(id)).pid).toBe(Number(readFileSync(join(directory, "here"), "utf8")));
    expect((await stateOf(id)).bundle).toBe(directory);
  });

  it("--preserve-fds N: descriptors 3 to 2+N reach the command, and no others", async () => {
    const files = ["three", "four", "five"].map((name) => {
      writeFileSync(place(name), `${name}\n`);
      return openSync(place(name), "r");
    });
    const { id, directory } = newBundle(["sh", "-c", "cat <&3; cat <&4; ls /proc/$$/fd; true"]);
    const made = await call(["create", "--bundle", directory, "--preserve-fds", "2", id], { descriptors: files });
    for (const file of files) closeSync(file);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    await call(["start", id]);
    await stopped(id);
    expect(made.stdoutNow()).toBe("three\nfour\n0\n1\n2\n3\n4\n");
  });

  it("--preserve-fds N: one that is not open is a failure", async () => {
    const file = openSync("/dev/null", "r");
    const { id, directory } = newBundle(["true"]);
    for (const descriptors of [[], [file, null], [null, file]]) {
      const { code, stderr } = await call(["create", "--bundle", directory, "--preserve-fds", "2", id], {
        descriptors,
      });
      expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringMatching(/descriptor [34] is not open/) });
    }
    closeSync(file);
  });

  it("leaves none of its caller's other descriptors open, in the container or in the monitor of one in the foreground", async () => {
    const file = openSync("/dev/zero", "r");
    const { id, directory } = newBundle(["sleep", "1000"]);
    const ended = call(["run", "--bundle", directory, id], { descriptors: [file, null, null, null, file] });
    await expect.poll(async () => (await call(["state", id])).code).toBe(0);
    const { pid } = await stateOf(id);
    const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    for (const process of [pid, parent]) {
      const links = execFileSync("ls", ["-l", `/proc/${process}/fd`], { encoding: "utf8" });
      expect(links).toContain("/dev/null");
      expect(links).not.toContain("/dev/zero");
    }
    closeSync(file);
    await call(["kill", id, "KILL"]);
    expect((await ended).code).toBe(137);
  });

  it("passes on the descriptors of socket activation (LISTEN_FDS), and says so to the command", async () => {
    writeFileSync(place("activated"), "activated\n");
    const { id, directory } = newBundle(["sh", "-c", "cat <&3; echo $LISTEN_FDS $LISTEN_PID"]);
    const script = `LISTEN_FDS=1 LISTEN_PID=$$ exec mydocker-init run --bundle ${directory} ${id} 3<${place("activated")}`;
    expect(await sandbox.shell(script)).toMatchObject({ code: 0, stdout: "activated\n1 1\n" });
  });

  it("--console-socket: one message with the terminal's master, and the terminal is the command's stdio", async () => {
    const receiver = await listen("console");
    const { id, directory } = newBundle(["sh", "-c", "read line; echo got $line; ls -l /proc/self/fd/2"], withTerminal);
    const made = await call(["create", "--bundle", directory, "--console-socket", receiver.socket, id]);
    expect(made).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await receiver.received).toMatchObject({ payload: "/dev/pts/0", descriptors: 1, more: 0, terminal: true });
    await call(["start", id]);
    receiver.type("typed\n");
    await receiver.ended;
    expect(receiver.output()).toContain("got typed\r\n");
    expect(receiver.output()).toContain("/dev/pts/0\r\n");
    expect({ out: made.stdoutNow(), err: made.stderrNow() }).toEqual({ out: "", err: "" });
  });

  it("a terminal without a socket is a failure, and a socket without a terminal", async () => {
    const receiver = await listen("unwanted");
    const terminal = newBundle(["true"], withTerminal);
    const without = await call(["create", "--bundle", terminal.directory, terminal.id]);
    expect(without).toMatchObject({ code: 125, stderr: expect.stringContaining("--console-socket") });
    const plain = newBundle(["true"]);
    const made = await call(["create", "--bundle", plain.directory, "--console-socket", receiver.socket, plain.id]);
    expect(made).toMatchObject({ code: 125, stderr: expect.stringContaining("terminal is not set") });
  });

  it("--pidfd-socket: one message with the pidfd of the container's process", async () => {
    const receiver = await listen("pidfd");
    const { id, directory } = newBundle(["true"]);
    expect((await call(["create", "--bundle", directory, "--pidfd-socket", receiver.socket, id])).code).toBe(0);
    const { pid } = await stateOf(id);
    expect(await receiver.received).toMatchObject({ payload: "standard", descriptors: 1, more: 0, pid });
  });

  it("gives the container a session keyring of its own, unless --no-new-keyring", async () => {
    const source = place("keyring.c");
    writeFileSync(
      source,
      "#include <linux/keyctl.h>\n#include <stdio.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n" +
        'int main(void) { printf("%ld\\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)); }\n',
    );
    const { id, directory, rootfs } = newBundle(["keyring"]);
    execFileSync("cc", ["-static", "-D_GNU_SOURCE", "-o", join(rootfs, "bin/keyring"), source]);
    const own = execFileSync(join(rootfs, "bin/keyring"), { encoding: "utf8" });
    const first = await call(["run", "--bundle", directory, id]);
    expect(first.stdout).toMatch(/^\d+\n$/);
    expect(first.stdout).not.toBe(own);
    expect((await call(["run", "--no-new-keyring", "--bundle", directory, id])).stdout).toBe(own);
  });

  it("--no-pivot is taken, and the root is changed by pivot_root all the same", async () => {
    const { id, directory } = newBundle(["cat", "/proc/self/mountinfo"]);
    const { code, stdout } = await call(["run", "--no-pivot", "--bundle", directory, id]);
    expect(code).toBe(0);
    const points = stdout.split("\n").map((line) => line.split(" ")[4]);
    expect(points).toContain("/proc");
    expect(points.filter((point) => point?.startsWith(sandbox.directory))).toEqual([]);
  });

  it("works without PATH and HOME, from any directory", async () => {
    const { id, directory } = newBundle(["echo", "ran"]);
    const env = Object.fromEntries(Object.entries(sandbox.env).filter(([key]) => key !== "PATH"));
    const made = await call(["create", "--bundle", directory, id], { env, cwd: "/proc/self" });
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect((await call(["start", id], { env, cwd: "/" })).code).toBe(0);
    await stopped(id);
    expect(made.stdoutNow()).toBe("ran\n");
    expect((await call(["delete", "--force", id], { env })).code).toBe(0);
  });

  it("outlives its caller, also one that has set a death signal", async () => {
    const { id, directory } = newBundle(["sleep", "1000"]);
    const output = place("death");
    const runtime = `setpriv --pdeathsig KILL ${BIN}/mydocker-init create --bundle ${directory} ${id}`;
    await sandbox.shell(`sh -c '${runtime}; true' </dev/null >${output} 2>&1`);
    expect(await stateOf(id)).toMatchObject({ status: "created" });
    expect((await call(["start", id])).code).toBe(0);
    expect(await stateOf(id)).toMatchObject({ status: "running" });
  });
});

describe("ids", () => {
  it.each(["A-b_c.d+e", "_x", "+x", "-x", "0", "a..b"])("%s is taken", async (id) => {
    const { directory } = newBundle(["true"]);
    expect(await call(["create", "--bundle", directory, "--", id])).toMatchObject({ code: 0, stderr: "" });
    expect((await call(["state", "--", id])).code).toBe(0);
    expect((await call(["delete", "--force", "--", id])).code).toBe(0);
  });

  it.each(["../x", "a/b", ".", "..", ".x", "", "a b", "a\nb", "é", "x".repeat(129)])("%j is refused", async (id) => {
    const { directory } = newBundle(["true"]);
    const { code, stderr } = await call(["create", "--bundle", directory, "--", id]);
    expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining("container id") });
  });

  it("one that begins with a dash is undone like any other", async () => {
    const { directory } = newBundle(["no-such-command"]);
    expect((await call(["create", "--bundle", directory, "--", "-f"])).code).toBe(127);
    expect(existsSync(join(sandbox.paths.runtime, "-f"))).toBe(false);
  });
});

describe("run", () => {
  it("--detach: returns when the command runs, silently, with the pid file and the terminal", async () => {
    const receiver = await listen("run-console");
    const { id, directory } = newBundle(["sh", "-c", "echo hello; sleep 1000"], withTerminal);
    const flags = ["--detach", "--console-socket", receiver.socket, "--pid-file", place("run-pid")];
    expect(await call(["run", ...flags, "--bundle", directory, id])).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(await stateOf(id)).toMatchObject({ status: "running", pid: Number(readFileSync(place("run-pid"), "utf8")) });
    await expect.poll(() => receiver.output()).toBe("hello\r\n");
  });

  it("is gone with its command, and with --keep is left to delete", async () => {
    const { id, directory } = newBundle(["sh", "-c", "exit 3"]);
    expect((await call(["run", "--bundle", directory, id])).code).toBe(3);
    expect((await call(["state", id])).stderr).toContain("does not exist");
    expect((await call(["run", "--keep", "--no-subreaper", "--bundle", directory, id])).code).toBe(3);
    expect(await stateOf(id)).toMatchObject({ status: "stopped", pid: 0 });
    expect((await call(["delete", id])).code).toBe(0);
  });
});

describe("kill and delete", () => {
  it.each(["15", "TERM", "SIGTERM", "sigterm"])("kill takes a signal as %s", async (signal) => {
    const id = await running(["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]);
    expect(await call(["kill", id, signal])).toMatchObject({ code: 0, stderr: "" });
    await stopped(id);
  });

  it("kill of one that has ended is exit code 1 and `container not running`; with --all it is no failure", async () => {
    const id = await running(["true"]);
    await stopped(id);
    expect(await call(["kill", id, "9"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("container not running"),
    });
    expect((await call(["kill", "--all", id, "9"])).code).toBe(0);
  });

  it("kill --all sends the signal to every process, also where the pid namespace is the host's", async () => {
    const id = await running(["sh", "-c", "sleep 1000 & sleep 1000 & wait"], (config) => {
      config.linux = {
        ...config.linux,
        namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "pid"),
      };
    });
    const pids = async (): Promise<number[]> => JSON.parse((await call(["ps", "--format", "json", id])).stdout);
    await expect.poll(async () => (await pids()).length).toBe(3);
    expect((await call(["kill", "--all", id, "TERM"])).code).toBe(0);
    await expect.poll(pids).toEqual([]);
    const again = await running(["sh", "-c", "trap '' TERM; sleep 1000 & wait"]);
    expect((await call(["kill", "-a", again, "KILL"])).code).toBe(0);
    await stopped(again);
  });

  it.each([["state"], ["start"], ["delete"], ["kill"], ["ps"], ["exec", "true"]])(
    "%s of one that there is not is a failure with `does not exist`",
    async (verb, ...more) => {
      const { code, stderr } = await call([verb, "nobody", ...more]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("does not exist") });
    },
  );

  it("delete --force of one that there is not is success", async () => {
    expect(await call(["delete", "--force", "nobody"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("delete of one that is created ends it; of one that runs is a failure, but for --force", async () => {
    const { id, directory } = newBundle(["true"]);
    await call(["create", "--bundle", directory, id]);
    const init = identifyProcess((await stateOf(id)).pid);
    expect((await call(["delete", id])).code).toBe(0);
    expect(init !== undefined && isAlive(init)).toBe(false);
    const other = await running();
    expect(await call(["delete", other])).toMatchObject({ code: 1, stderr: expect.stringContaining("is running") });
    expect((await stateOf(other)).status).toBe("running");
    expect((await call(["delete", "--force", other])).code).toBe(0);
    expect((await call(["state", other])).stderr).toContain("does not exist");
  });
});
