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
import type { OciProcess } from "@mydocker/oci";
import { identifyProcess, isAlive } from "@mydocker/state";
import {
  type DescriptorReceiver,
  makeBundle,
  makeSandbox,
  type RuntimeCaller,
  receiveDescriptor,
  runtimeCaller,
  type Sandbox,
} from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

// `exec` and what is asked about containers, as engines call it.
let sandbox: Sandbox;
let call: RuntimeCaller;
const receivers: DescriptorReceiver[] = [];

beforeAll(async () => {
  sandbox = makeSandbox();
  call = runtimeCaller(sandbox);
  const { directory } = makeBundle(join(sandbox.directory, "bundle"), ["sleep", "1000"], (config) => {
    config.process = { ...(config.process as OciProcess), rlimits: [{ type: "RLIMIT_NOFILE", soft: 99, hard: 99 }] };
  });
  expect(await call(["create", "--bundle", directory, "box"])).toMatchObject({ code: 0, stderr: "" });
  expect(await call(["start", "box"])).toMatchObject({ code: 0, stderr: "" });
});

afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.stop();
});

afterAll(() => sandbox.cleanUp());

const place = (...names: string[]) => join(sandbox.directory, ...names);

/** Writes the file of `--process`. */
function processFile(args: string[], more: Partial<OciProcess> = {}): string {
  const file = place("process.json");
  const process = { user: { uid: 0, gid: 0 }, args, env: ["PATH=/bin"], cwd: "/", ...more };
  writeFileSync(file, JSON.stringify(process));
  return file;
}

async function listen(name: string): Promise<DescriptorReceiver> {
  const receiver = await receiveDescriptor(sandbox.directory, name);
  receivers.push(receiver);
  return receiver;
}

describe("exec --process FILE", () => {
  it("runs the process object, with the caller's stdio, and ends with its exit code", async () => {
    const file = processFile(["sh", "-c", "cat; echo $A; id -u; id -g; pwd; exit 7"], {
      env: ["PATH=/bin", "A=b"],
      user: { uid: 33, gid: 34, additionalGids: [4] },
      cwd: "/tmp",
    });
    const result = await call(["exec", "--process", file, "box"], { input: "in\n" });
    expect(result).toMatchObject({ code: 7, stdout: "in\nb\n33\n34\n/tmp\n", stderr: "" });
  });

  it("--detach --pid-file: returns when it runs, silently; the pid is the host's, without a newline", async () => {
    const file = processFile(["sh", "-c", "echo out; echo err >&2; sleep 1000"]);
    const flags = ["--pid-file", place("exec-pid"), "--process", file, "--detach"];
    const made = await call(["exec", ...flags, "box"]);
    const text = readFileSync(place("exec-pid"), "utf8");
    expect(text).toMatch(/^\d+$/);
    expect(made.code).toBe(0);
    await expect.poll(made.stdoutNow).toBe("out\n");
    await expect.poll(made.stderrNow).toBe("err\n");
    expect(JSON.parse((await call(["ps", "--format", "json", "box"])).stdout)).toContain(Number(text));
    const process_ = identifyProcess(Number(text));
    process.kill(Number(text), "SIGKILL");
    await expect.poll(() => process_ !== undefined && isAlive(process_)).toBe(false);
  });

  it("--console-socket: one message with the terminal's master, also with --tty for a process that does not ask for one", async () => {
    for (const [terminal, flags] of [
      [true, []],
      [false, ["--tty"]],
    ] as const) {
      const receiver = await listen(`exec-console-${terminal}`);
      const file = processFile(["sh", "-c", "read line; echo got $line"], { terminal });
      const options = ["--process", file, "--detach", ...flags, "--console-socket", receiver.socket];
      expect(await call(["exec", ...options, "box"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
      expect(await receiver.received).toMatchObject({ payload: "/dev/pts/0", descriptors: 1, more: 0, terminal: true });
      receiver.type("typed\n");
      await receiver.ended;
      expect(receiver.output()).toContain("got typed\r\n");
    }
  });

  it("--pidfd-socket: the pidfd of the process", async () => {
    const receiver = await listen("exec-pidfd");
    const flags = ["--pidfd-socket", receiver.socket, "--pid-file", place("pidfd-pid")];
    expect((await call(["exec", "--process", processFile(["true"]), ...flags, "box"])).code).toBe(0);
    const { pid, ...rest } = await receiver.received;
    expect(rest).toMatchObject({ payload: "setns", descriptors: 1, more: 0 });
    // -1 once the process has ended.
    expect([Number(readFileSync(place("pidfd-pid"), "utf8")), -1]).toContain(pid);
  });

  it("a terminal without a socket, and a socket without a terminal, are failures", async () => {
    const receiver = await listen("exec-unwanted");
    const terminal = processFile(["true"], { terminal: true });
    expect((await call(["exec", "--process", terminal, "--detach", "box"])).stderr).toContain("--console-socket");
    const plain = processFile(["true"]);
    const flags = ["--detach", "--console-socket", receiver.socket];
    expect((await call(["exec", "--process", plain, ...flags, "box"])).stderr).toContain("no terminal");
  });

  it.each([
    ["a command that is missing", { args: ["no-such"] }, /executable file not found in \$PATH/],
    ["a directory that is missing", { args: ["true"], cwd: "/no/such" }, /no such file or directory/i],
    [
      "a limit that there is not",
      { args: ["true"], rlimits: [{ type: "RLIMIT_NONE", soft: 1, hard: 1 }] },
      /RLIMIT_NONE/,
    ],
  ])("%s: exit code 255, and one line in the log", async (_, { args, ...more }, message) => {
    const log = place(`exec-${args[0]}-${Object.keys(more).join("")}.log`);
    const file = processFile(args, more);
    const flags = ["--log", log, "--log-format", "json"];
    const { code, stderr } = await call([...flags, "exec", "--process", file, "--detach", "box"]);
    expect({ code, stderr }).toEqual({ code: 255, stderr: expect.stringMatching(message) });
    expect(JSON.parse(readFileSync(log, "utf8")).msg).toMatch(message);
  });

  it("a capability that there is not is a warning (config.md#linux-process)", async () => {
    const file = processFile(["echo", "ran"], { capabilities: { bounding: ["CAP_NONE"] } });
    const { code, stdout, stderr } = await call(["exec", "--process", file, "box"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "ran\n" });
    expect(stderr).toMatch(/^mydocker-init exec: warning: .*"CAP_NONE"\n$/);
  });

  it("a file that is no process object is a failure", async () => {
    for (const text of ["", "{", "[]", '{"args":[],"cwd":"/"}', '{"args":["true"],"cwd":"tmp"}']) {
      writeFileSync(place("bad.json"), text);
      expect((await call(["exec", "--process", place("bad.json"), "box"])).code).toBe(255);
    }
    expect((await call(["exec", "--process", "/no/such", "box"])).stderr).toContain("ENOENT");
  });

  it("what it does not say of capabilities and limits is as the container's process has it", async () => {
    const script = ["sh", "-c", "cat /proc/self/status; ulimit -n"];
    const plain = await call(["exec", "--process", processFile(script), "box"]);
    const capabilities = (text: string) => /CapBnd:\s+(\w+)/.exec(text)?.[1];
    expect(capabilities(plain.stdout)).toBe("00000000000004e3");
    expect(plain.stdout).toMatch(/\n99\n$/);
    const own = processFile(script, { capabilities: { bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"] } });
    expect(capabilities((await call(["exec", "--process", own, "box"])).stdout)).toBe("0000000000000001");
  });

  it("--preserve-fds N: descriptors 3 to 2+N reach it, and no others", async () => {
    writeFileSync(place("kept"), "kept\n");
    const files = [openSync(place("kept"), "r"), openSync("/dev/zero", "r")];
    const file = processFile(["sh", "-c", "cat <&3; ls /proc/$$/fd; true"]);
    const result = await call(["exec", "--process", file, "--preserve-fds", "1", "box"], { descriptors: files });
    for (const descriptor of files) closeSync(descriptor);
    expect(result).toMatchObject({ code: 0, stdout: "kept\n0\n1\n2\n3\n" });
  });
});

describe("exec COMMAND", () => {
  it.each([
    ["1", "1 0"],
    ["1:1", "1 1"],
    ["33", "33 33"],
    ["web", "33 33"],
    ["0:5", "0 5"],
    ["4294967294", "4294967294 0"],
  ])("--user %s is %s (CVE-2026-30892)", async (user, ids) => {
    expect((await call(["exec", "--user", user, "box", "sh", "-c", "echo $(id -u) $(id -g)"])).stdout).toBe(`${ids}\n`);
  });

  it.each(["1000x", "-1", "4294967295", "4294967296", "0:", ":0", "1:1:1", "1 ", "+1", "0x1", "1e3"])(
    "--user %j is refused",
    async (user) => {
      expect(await call(["exec", `--user=${user}`, "box", "id"])).toMatchObject({ code: 125, stdout: "" });
    },
  );

  it("--additional-gids, --cwd, --env, --cap and --no-new-privs", async () => {
    const flags = ["-g", "7", "--additional-gids=8,9", "--cwd", "/tmp", "--env", "A=1", "--cap", "CAP_NET_RAW"];
    const script = "id -G; pwd; echo $A; cat /proc/self/status";
    const { stdout } = await call(["exec", ...flags, "--no-new-privs", "box", "sh", "-c", script]);
    expect(stdout).toMatch(/^0 7 8 9\n\/tmp\n1\n/);
    expect(stdout).toMatch(/CapInh:\s+0000000000000000\nCapPrm:\s+00000000000024e3\n/);
    expect(stdout).toMatch(/NoNewPrivs:\s+1/);
  });

  it.each(["x", "-1", "4294967295"])("--additional-gids %s is refused", async (gid) => {
    expect((await call(["exec", `--additional-gids=${gid}`, "box", "id"])).code).toBe(125);
  });

  it("--cgroup: a cgroup below the container's, and none outside of it", async () => {
    const { init, cgroupJoinFiles } = JSON.parse(readFileSync(join(sandbox.paths.runtime, "box/state.json"), "utf8"));
    const below = cgroupJoinFiles.map((file: string) => join(file, "../below"));
    for (const directory of below) mkdirSync(directory);
    for (const directory of below.filter((path: string) => path.includes("cpuset"))) {
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        writeFileSync(join(directory, file), readFileSync(join(directory, "..", file)));
      }
    }
    expect(init.pid).toBeGreaterThan(0);
    const inside = await call(["exec", "--cgroup", "below", "box", "cat", "/proc/self/cgroup"]);
    expect(inside.stdout).toMatch(/:\/below\n/);
    for (const path of ["..", "../..", "/../..", "below/../.."]) {
      expect(await call(["exec", "--cgroup", path, "box", "true"])).toMatchObject({ code: 125, stdout: "" });
    }
    const missing = await call(["exec", "--cgroup", "no-such", "box", "true"]);
    expect(missing).toMatchObject({ code: 125, stderr: expect.stringMatching(/no such file/i) });
    for (const directory of below) {
      await expect.poll(() => readdirSync(directory).length > 0 && removed(directory)).toBe(true);
    }
  });

  it("needs a container that runs", async () => {
    const { directory } = makeBundle(place("created"), ["true"]);
    await call(["create", "--bundle", directory, "created"]);
    const result = await call(["exec", "created", "true"]);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining("container not running") });
    const engine = await call(["exec", "--process", processFile(["true"]), "created"]);
    expect(engine).toMatchObject({ code: 255, stderr: expect.stringContaining("container not running") });
  });
});

function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
  } catch {
    // Its process is not quite gone.
  }
  return !existsSync(directory);
}

describe("ps and list", () => {
  it("ps --format json: an array of pids on the host; table: ps's own, of these processes", async () => {
    const { pid } = JSON.parse((await call(["state", "box"])).stdout);
    expect((await call(["ps", "--format", "json", "box"])).stdout).toBe(`[${pid}]\n`);
    const lines = (await call(["ps", "box"])).stdout.trim().split("\n");
    expect(lines).toEqual([expect.stringMatching(/^UID +PID +PPID /), expect.stringMatching(/ sleep 1000$/)]);
    const chosen = await call(["ps", "--format", "table", "box", "-o", "pid,args"]);
    expect(chosen.stdout.trim().split(/\s+/)).toEqual(["PID", "COMMAND", String(pid), "sleep", "1000"]);
    expect((await call(["ps", "--format", "yaml", "box"])).code).toBe(125);
  });

  it("list: a table, an array of states, ids; null where there is none", async () => {
    const states = JSON.parse((await call(["list", "--format=json"])).stdout);
    const state = JSON.parse((await call(["state", "box"])).stdout);
    expect(states).toContainEqual(state);
    expect((await call(["list", "-q"])).stdout.split("\n")).toContain("box");
    const [heading, ...rows] = (await call(["list"])).stdout.split("\n");
    expect(heading).toMatch(/^ID +PID +STATUS +BUNDLE +CREATED +OWNER$/);
    expect(rows.join("\n")).toContain(`box       ${state.pid}`.slice(0, 3));
    expect(rows.find((row) => row.startsWith("box "))?.split(/\s+/)).toEqual([
      ...["box", String(state.pid), "running", state.bundle, state.created, "root"],
    ]);
    expect((await call(["--root", place("nothing"), "list", "-f", "json"])).stdout).toBe("null\n");
    expect((await call(["--root", place("nothing"), "list", "--quiet"])).stdout).toBe("");
  });
});

describe("features and spec", () => {
  it("features: the JSON of features.md, of what the runtime can do", async () => {
    const { code, stdout } = await call(["features"]);
    const features = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(features).toMatchObject({ ociVersionMin: "1.0.0", ociVersionMax: "1.3.0" });
    const kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
    expect(features.hooks).toEqual(kinds);
    const { linux, mountOptions } = features;
    expect(linux.namespaces).toEqual(["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]);
    expect(linux.capabilities).toContain("CAP_NET_ADMIN");
    for (const option of ["bind", "rbind", "ro", "rro", "rprivate", "nosymfollow"])
      expect(mountOptions).toContain(option);
    expect(linux.seccomp).toMatchObject({ enabled: true });
    expect(linux.seccomp.actions).toContain("SCMP_ACT_ERRNO");
    expect(linux.cgroup).toMatchObject({ v1: true, v2: true });
    for (const name of ["apparmor", "selinux", "intelRdt", "netDevices"]) {
      expect(typeof linux[name].enabled).toBe("boolean");
    }
    expect(linux.mountExtensions.idmap.enabled).toBe(true);
  });

  it("both ends of the range of versions that features promises are taken", async () => {
    const { ociVersionMin, ociVersionMax } = JSON.parse((await call(["features"])).stdout);
    for (const version of [ociVersionMin, ociVersionMax]) {
      const { directory } = makeBundle(place(`version-${version}`), ["true"], (config) => {
        config.ociVersion = version;
      });
      expect((await call(["run", "--bundle", directory, `version-${version}`])).code).toBe(0);
    }
  });

  it("spec: a config that runs, written once and never over another", async () => {
    const { directory, rootfs } = makeBundle(place("spec"), ["true"]);
    const config = join(directory, "config.json");
    expect((await call(["spec", "--bundle", directory])).code).toBe(1);
    const fresh = place("fresh");
    mkdirSync(fresh);
    expect(await call(["spec"], { cwd: fresh })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const written = JSON.parse(readFileSync(join(fresh, "config.json"), "utf8"));
    const process = { ...written.process, terminal: false, args: ["/bin/echo", "ran"], rlimits: [] };
    writeFileSync(config, JSON.stringify({ ...written, root: { ...written.root, path: rootfs }, process }));
    expect(await call(["run", "--bundle", directory, "spec"])).toMatchObject({ code: 0, stdout: "ran\n", stderr: "" });
  });

  it("spec --rootless: with a user namespace that maps the caller to root", async () => {
    const fresh = place("rootless");
    mkdirSync(fresh);
    expect((await call(["spec", "--rootless", "--bundle", fresh])).code).toBe(0);
    const { linux } = JSON.parse(readFileSync(join(fresh, "config.json"), "utf8"));
    expect(linux.namespaces).toContainEqual({ type: "user" });
    expect(linux.namespaces).not.toContainEqual({ type: "network" });
    expect(linux.uidMappings).toEqual([{ containerID: 0, hostID: 0, size: 1 }]);
  });

  it.each([
    ["checkpoint", "--image-path", "i", "--work-path", "w", "--leave-running", "box"],
    ["restore", "--detach", "--pid-file", "f", "--bundle", "b", "--image-path", "i", "box"],
  ])("%s is not supported, says so, and does nothing", async (...args) => {
    const log = place(`${args[0]}.log`);
    const { code, stderr } = await call(["--log", log, "--log-format", "json", ...args]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${args[0]} is not supported`) });
    expect(JSON.parse(readFileSync(log, "utf8")).msg).toContain("not supported");
    expect(JSON.parse((await call(["state", "box"])).stdout).status).toBe("running");
  });
});
