import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OciConfig, OciSeccomp, OciSyscallRule } from "@mydocker/oci";
import { makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContainer } from "../support/detached.ts";

let sandbox: Sandbox;
let probe: string;
let agent: string;
let count = 0;

beforeAll(() => {
  sandbox = makeSandbox();
  const build = (name: string, flags: string[]): string => {
    const program = join(sandbox.directory, name);
    const source = fileURLToPath(new URL(`../support/${name}.c`, import.meta.url));
    execFileSync("cc", ["-Wall", "-Wextra", "-Werror", "-O1", ...flags, "-o", program, source]);
    return program;
  };
  probe = build("seccomp-probe", ["-static"]);
  agent = build("seccomp-agent", []);
});

afterAll(() => sandbox.cleanUp());

const init = (...args: string[]) => sandbox.tool("mydocker-init", args);

interface Options {
  noNewPrivileges?: boolean;
  change?: (config: OciConfig) => void;
}

function bundleWith(args: string[], seccomp: OciSeccomp, { noNewPrivileges, change }: Options = {}) {
  count += 1;
  const id = `${sandbox.paths.prefix}-${count}`;
  const bundle = makeBundle(join(sandbox.directory, id), args, (config) => {
    config.linux = { ...config.linux, seccomp };
    if (config.process !== undefined && noNewPrivileges !== undefined) config.process.noNewPrivileges = noNewPrivileges;
    config.mounts?.push({ destination: "/probe", source: probe, options: ["bind", "ro"] });
    change?.(config);
  });
  return { ...bundle, id };
}

async function run(args: string[], seccomp: OciSeccomp, options: Options = {}) {
  const { directory, id } = bundleWith(args, seccomp, options);
  return init("run", "--bundle", directory, id);
}

/** `lseek(descriptor, offset, whence)` under a filter that allows all else: what it returned, `errno N` or `signal N`. */
async function lseek(rule: Partial<OciSyscallRule>, ...args: (number | bigint)[]): Promise<string> {
  const syscalls = [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: 77, ...rule }];
  const { stdout } = await run(["/probe", "lseek", ...args.map(String)], { defaultAction: "SCMP_ACT_ALLOW", syscalls });
  return stdout.trim();
}

const argument = (index: number, op: string, value: number | bigint, valueTwo?: number | bigint) => ({
  index,
  op: `SCMP_CMP_${op}`,
  value,
  ...(valueTwo === undefined ? {} : { valueTwo }),
});

/** What lseek says of no such descriptor: it got through. */
const THROUGH = "errno 9";
const DENIED = "errno 77";

describe("actions", () => {
  it.each([
    ["SCMP_ACT_KILL", "signal 31"],
    ["SCMP_ACT_KILL_THREAD", "signal 31"],
    ["SCMP_ACT_KILL_PROCESS", "signal 31"],
    ["SCMP_ACT_TRAP", "trapped"],
    ["SCMP_ACT_TRACE", "errno 38"],
    ["SCMP_ACT_LOG", THROUGH],
    ["SCMP_ACT_ALLOW", THROUGH],
  ])("%s of a rule", async (action, expected) => {
    const rule = { names: ["lseek"], action };
    const seccomp = {
      defaultAction: action === "SCMP_ACT_ALLOW" ? "SCMP_ACT_LOG" : "SCMP_ACT_ALLOW",
      syscalls: [rule],
    };
    expect((await run(["/probe", "lseek", "99", "0", "0"], seccomp)).stdout.trim()).toBe(expected);
  });

  it("SCMP_ACT_KILL_PROCESS ends all threads, SCMP_ACT_KILL_THREAD one", async () => {
    const by = async (action: string) => {
      const syscalls = [{ names: ["lseek"], action }];
      return (await run(["/probe", "thread"], { defaultAction: "SCMP_ACT_ALLOW", syscalls })).stdout.trim();
    };
    expect(await by("SCMP_ACT_KILL_THREAD")).toBe("survived");
    expect(await by("SCMP_ACT_KILL_PROCESS")).toBe("signal 31");
  });

  it("SCMP_ACT_ERRNO with errnoRet, and EPERM without", async () => {
    expect(await lseek({ errnoRet: 99 }, 99, 0, 0)).toBe("errno 99");
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["lseek"], action: "SCMP_ACT_ERRNO" }] };
    expect((await run(["/probe", "lseek", "99", "0", "0"], seccomp)).stdout.trim()).toBe("errno 1");
  });

  it.each([
    [{}, "errno 1"],
    [{ defaultErrnoRet: 88 }, "errno 88"],
  ])("the default action, with %j", async (more, expected) => {
    const names = [
      "execve",
      "write",
      "exit_group",
      "exit",
      "brk",
      "arch_prctl",
      "set_tid_address",
      "set_robust_list",
      "rseq",
      "mprotect",
      "prlimit64",
      "readlinkat",
      "readlink",
      "getrandom",
      "newfstatat",
      "fstat",
      "ioctl",
      "fork",
      "clone",
      "clone3",
      "wait4",
      "rt_sigaction",
      "rt_sigprocmask",
      "gettid",
      "getpid",
      "mmap",
      "munmap",
      "futex",
    ];
    const syscalls = [{ names, action: "SCMP_ACT_ALLOW" }];
    // With no_new_privs nothing but execve comes behind the filter.
    const options = { noNewPrivileges: true };
    const { stdout } = await run(
      ["/probe", "lseek", "99", "0", "0"],
      { defaultAction: "SCMP_ACT_ERRNO", ...more, syscalls },
      options,
    );
    expect(stdout.trim()).toBe(expected);
  });

  it("behind the filter comes nothing but the command, with no_new_privs: execve and what it needs are enough", async () => {
    const syscalls = [{ names: ["execve", "exit_group", "exit"], action: "SCMP_ACT_ALLOW" }];
    const seccomp = { defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls };
    const { code, stderr } = await run(["/probe-exit"], seccomp, {
      noNewPrivileges: true,
      change: (config) => {
        const program = join(sandbox.directory, "exit");
        const source = 'void _start(void) { __asm__ volatile("syscall" : : "a"(231), "D"(42)); }';
        if (!existsSync(program))
          execFileSync("cc", ["-static", "-nostdlib", "-o", program, "-x", "c", "-"], { input: source });
        config.mounts?.push({ destination: "/probe-exit", source: program, options: ["bind", "ro"] });
      },
    });
    expect([code, stderr]).toEqual([42, ""]);
  });

  it("an errnoRet for an action that returns none is an error, and an unknown action", async () => {
    for (const seccomp of [
      { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 },
      { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names: ["read"], action: "SCMP_ACT_KILL", errnoRet: 1 }] },
      { defaultAction: "SCMP_ACT_NOPE" },
      { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["read"], action: "SCMP_ACT_NOPE" }] },
      { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: [], action: "SCMP_ACT_KILL" }] },
    ]) {
      const { code, stderr } = await run(["true"], seccomp);
      expect([code, stderr]).toEqual([125, expect.stringMatching(/seccomp.*(errnoRet|expected one of|at least one)/)]);
    }
  });

  it("a system call that nobody knows is left out", async () => {
    expect(await lseek({ names: ["lseek", "no_such_call"] }, 99, 0, 0)).toBe(DENIED);
  });
});

describe("operators on arguments", () => {
  it.each<[string, number[], number[]]>([
    ["NE", [4, 6], [5]],
    ["LT", [4], [5, 6]],
    ["LE", [4, 5], [6]],
    ["EQ", [5], [4, 6]],
    ["GE", [5, 6], [4]],
    ["GT", [6], [4, 5]],
  ])("SCMP_CMP_%s 5", async (op, denied, through) => {
    for (const value of denied)
      expect([value, await lseek({ args: [argument(1, op, 5)] }, 99, value, 0)]).toEqual([value, DENIED]);
    for (const value of through)
      expect([value, await lseek({ args: [argument(1, op, 5)] }, 99, value, 0)]).toEqual([value, THROUGH]);
  });

  it("SCMP_CMP_MASKED_EQ: value is the mask, valueTwo what is left", async () => {
    const args = [argument(1, "MASKED_EQ", 0b1100, 0b0100)];
    expect(await lseek({ args }, 99, 0b0111, 0)).toBe(DENIED);
    expect(await lseek({ args }, 99, 0b1100, 0)).toBe(THROUGH);
  });

  it("several arguments are all to hold, several conditions on one are alternatives", async () => {
    const both = [argument(1, "EQ", 5), argument(2, "EQ", 1)];
    expect(await lseek({ args: both }, 99, 5, 1)).toBe(DENIED);
    expect(await lseek({ args: both }, 99, 5, 0)).toBe(THROUGH);
    const either = [argument(1, "EQ", 5), argument(1, "EQ", 6)];
    for (const value of [5, 6]) expect(await lseek({ args: either }, 99, value, 0)).toBe(DENIED);
    expect(await lseek({ args: either }, 99, 7, 0)).toBe(THROUGH);
  });

  it.each([2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 64n - 2n])("a value of 64 bits is exact: %d", async (value) => {
    const number = 424_242_424_242;
    const { directory, id } = bundleWith(["true"], {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: 77, args: [argument(1, "EQ", number)] }],
    });
    const path = join(directory, "config.json");
    const text = readFileSync(path, "utf8").replace(String(number), String(value));
    for (const [given, expected] of [
      [value, DENIED],
      [value - 1n, THROUGH],
      [value + 1n, THROUGH],
    ]) {
      writeFileSync(path, text.replace('["true"]', JSON.stringify(["/probe", "lseek", "99", String(given), "0"])));
      const { stdout } = await init("run", "--bundle", directory, id);
      expect([given, stdout.trim()]).toEqual([given, expected]);
    }
  });

  it("an unknown operator, an index above 5, a value that is none: errors", async () => {
    for (const args of [
      [argument(0, "NOPE", 1)],
      [argument(6, "EQ", 1)],
      [argument(0, "EQ", -1)],
      [argument(0, "EQ", 1.5)],
    ]) {
      const syscalls = [{ names: ["lseek"], action: "SCMP_ACT_KILL", args }];
      const { code, stderr } = await run(["true"], { defaultAction: "SCMP_ACT_ALLOW", syscalls });
      expect([code, stderr]).toEqual([125, expect.stringContaining("linux.seccomp.syscalls[0].args[0]")]);
    }
  });
});

describe("flags and architectures", () => {
  it.each([["TSYNC"], ["LOG"], ["SPEC_ALLOW"], ["WAIT_KILLABLE_RECV"], ["TSYNC", "LOG", "SPEC_ALLOW"]])(
    "flags %s %s %s",
    async (...names) => {
      const flags = names.map((name) => `SECCOMP_FILTER_FLAG_${name}`);
      const syscalls = [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: 77 }];
      const { stdout } = await run(["/probe", "lseek", "99", "0", "0"], {
        defaultAction: "SCMP_ACT_ALLOW",
        flags,
        syscalls,
      });
      expect(stdout.trim()).toBe(DENIED);
    },
  );

  it("SPEC_ALLOW: the speculative store bypass stays as it is", async () => {
    const speculation = async (flags: string[]) => {
      const syscalls = [{ names: ["lseek"], action: "SCMP_ACT_KILL" }];
      const { stdout } = await run(["cat", "/proc/self/status"], { defaultAction: "SCMP_ACT_ALLOW", flags, syscalls });
      return /^Speculation_Store_Bypass:\s+(.*)$/m.exec(stdout)?.[1];
    };
    const outside = /^Speculation_Store_Bypass:\s+(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    expect(await speculation(["SECCOMP_FILTER_FLAG_SPEC_ALLOW"])).toBe(outside);
  });

  it("an unknown flag is an error", async () => {
    const { code, stderr } = await run(["true"], {
      defaultAction: "SCMP_ACT_ALLOW",
      flags: ["SECCOMP_FILTER_FLAG_NOPE"],
    });
    expect([code, stderr]).toEqual([125, expect.stringContaining("SECCOMP_FILTER_FLAG_NOPE")]);
  });

  const KNOWN = [
    "X86",
    "X86_64",
    "X32",
    "ARM",
    "AARCH64",
    "MIPS",
    "MIPS64",
    "MIPS64N32",
    "MIPSEL",
    "MIPSEL64",
    "MIPSEL64N32",
    "PPC",
    "PPC64",
    "PPC64LE",
    "S390",
    "S390X",
    "PARISC",
    "PARISC64",
    "RISCV64",
  ];
  const LITTLE_ENDIAN = KNOWN.filter((name) => !/^(MIPS|MIPS64|MIPS64N32|PPC|PPC64|S390X?|PARISC.*)$/.test(name));

  it.each(LITTLE_ENDIAN)("architecture SCMP_ARCH_%s, beside this machine's", async (name) => {
    const syscalls = [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: 77 }];
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: [`SCMP_ARCH_${name}`], syscalls };
    expect((await run(["/probe", "lseek", "99", "0", "0"], seccomp)).stdout.trim()).toBe(DENIED);
  });

  it("one of the other byte order is the library's to refuse, one that it does not know as well, with its name", async () => {
    for (const name of ["S390X", "LOONGARCH64", "SHEB"]) {
      const { code, stderr } = await run(["true"], {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: [`SCMP_ARCH_${name}`],
      });
      if (code !== 0) expect([code, stderr]).toEqual([125, expect.stringContaining(name.toLowerCase())]);
    }
  });

  it("a name that is not the specification's is an error", async () => {
    const { code, stderr } = await run(["true"], {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: ["SCMP_ARCH_PDP11"],
    });
    expect([code, stderr]).toEqual([125, expect.stringContaining("SCMP_ARCH_PDP11")]);
  });
});

describe("compiled filters that are kept", () => {
  it("are never another profile's, nor of other flags or listeners", async () => {
    const rule = (errnoRet: number) => [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet }];
    const by = async (seccomp: OciSeccomp) => (await run(["/probe", "lseek", "99", "0", "0"], seccomp)).stdout.trim();
    for (const round of [1, 2]) {
      for (const errnoRet of [70, 71]) {
        expect([round, await by({ defaultAction: "SCMP_ACT_ALLOW", syscalls: rule(errnoRet) })]).toEqual([
          round,
          `errno ${errnoRet}`,
        ]);
      }
    }
    const cache = join(sandbox.paths.root, "cache/seccomp");
    const before = readdirSync(cache).length;
    await by({ defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_LOG"], syscalls: rule(70) });
    expect(readdirSync(cache).length).toBe(before);
  });
});

describe("SCMP_ACT_NOTIFY", () => {
  const NOTIFY = [{ names: ["mkdir", "mkdirat", "getppid"], action: "SCMP_ACT_NOTIFY" }];

  /** An agent, and what it got. */
  async function startAgent() {
    count += 1;
    const place = join(sandbox.directory, `agent-${count}`);
    mkdirSync(place);
    const [socket, record] = [join(place, "socket"), join(place, "record")];
    const child = spawn(agent, [socket, record], { stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await expect.poll(() => existsSync(socket), { timeout: 20_000 }).toBe(true);
    const received = () => {
      const [descriptors = "", ...text] = readFileSync(record, "utf8").split("\n");
      return { descriptors: Number(descriptors), state: JSON.parse(text.join("\n")) };
    };
    return { socket, ended, received, kill: () => child.kill() };
  }

  it.each([true, false])("run: the agent gets the listener and answers, no_new_privs %s", async (noNewPrivileges) => {
    const { socket, ended, received } = await startAgent();
    const seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      listenerPath: socket,
      listenerMetadata: 'meta "data"',
      syscalls: NOTIFY,
    };
    const { directory, id } = bundleWith(["sh", "-c", "echo $PPID; busybox mkdir /made"], seccomp, {
      noNewPrivileges,
      change: (config) => {
        config.annotations = { a: "b" };
      },
    });
    const { stdout, stderr } = await init("run", "--bundle", directory, id);
    expect(stdout).toBe("4242\n");
    expect(stderr).toMatch(/Not supported|Operation not supported/);
    expect(await ended).toBe(0);
    const { descriptors, state } = received();
    expect(descriptors).toBe(1);
    expect(state).toEqual({
      ociVersion: "1.2.0",
      fds: ["seccompFd"],
      pid: expect.any(Number),
      metadata: 'meta "data"',
      state: {
        ociVersion: "1.2.0",
        id,
        status: "creating",
        pid: state.pid,
        bundle: directory,
        annotations: { a: "b" },
      },
    });
    expect(state.pid).toBeGreaterThan(1);
  });

  it("as the default action: every system call of the command is asked about", async () => {
    const { socket, ended } = await startAgent();
    const seccomp = {
      defaultAction: "SCMP_ACT_NOTIFY",
      listenerPath: socket,
      flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"],
    };
    const { stdout } = await run(["sh", "-c", "echo $PPID"], seccomp, { noNewPrivileges: true });
    expect([stdout, await ended]).toEqual(["4242\n", 0]);
  });

  it("create gives it to the agent, before the start; the pid is the container's on the host", async () => {
    const { socket, ended, received } = await startAgent();
    const { directory, id } = bundleWith(["sh", "-c", "echo $PPID"], {
      defaultAction: "SCMP_ACT_ALLOW",
      listenerPath: socket,
      syscalls: NOTIFY,
    });
    expect((await createContainer(sandbox, directory, id)).code).toBe(0);
    const { pid } = JSON.parse((await init("state", id)).stdout);
    expect(received().state).toMatchObject({ pid, state: { pid, id } });
    expect(received().state.metadata).toBeUndefined();
    expect((await init("start", id)).code).toBe(0);
    expect(await ended).toBe(0);
    expect(readFileSync(join(directory, "output"), "utf8")).toBe("4242\n");
    await init("delete", "--force", id);
  });

  it("exec: a listener of its own, with its own pid and the container's state", async () => {
    const first = await startAgent();
    const { directory, id } = bundleWith(["sleep", "1000"], {
      defaultAction: "SCMP_ACT_ALLOW",
      listenerPath: first.socket,
      syscalls: NOTIFY,
    });
    await createContainer(sandbox, directory, id);
    await init("start", id);
    const { pid } = JSON.parse((await init("state", id)).stdout);
    // The path is taken by now: another agent for the next process.
    execFileSync("rm", [first.socket]);
    const record = join(sandbox.directory, "exec-record");
    const child = spawn(agent, [first.socket, record], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await expect.poll(() => existsSync(first.socket), { timeout: 20_000 }).toBe(true);
    expect((await init("exec", id, "sh", "-c", "echo $PPID")).stdout).toBe("4242\n");
    await ended;
    const state = JSON.parse(readFileSync(record, "utf8").slice(2));
    expect(state).toMatchObject({ fds: ["seccompFd"], state: { id, pid, status: "running", bundle: directory } });
    expect([pid, 1]).not.toContain(state.pid);
    await init("delete", "--force", id);
    await first.ended;
  });

  it("a socket at a path longer than sun_path", async () => {
    const place = join(sandbox.directory, "x".repeat(120));
    mkdirSync(place);
    const { socket, ended } = await startAgent();
    execFileSync("ln", ["-s", socket, join(place, "socket")]);
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: join(place, "socket"), syscalls: NOTIFY };
    expect((await run(["sh", "-c", "echo $PPID"], seccomp)).stdout).toBe("4242\n");
    expect(await ended).toBe(0);
  });

  it("an agent that is not there fails the container, and nothing is left", async () => {
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/no/agent", syscalls: NOTIFY };
    const { directory, id } = bundleWith(["true"], seccomp);
    const { code, stderr } = await init("run", "--bundle", directory, id);
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/seccomp-listener: linux\.seccomp\.listenerPath: connect to \/no\/agent: ENOENT/),
    ]);
    expect(existsSync(join(sandbox.paths.run, "init", id))).toBe(false);
  });

  it("without a listenerPath, or metadata without one: errors", async () => {
    const { code, stderr } = await run(["true"], { defaultAction: "SCMP_ACT_ALLOW", syscalls: NOTIFY });
    expect([code, stderr]).toEqual([125, expect.stringMatching(/SCMP_ACT_NOTIFY.*listenerPath/)]);
    const metadata = await run(["true"], { defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x" });
    expect([metadata.code, metadata.stderr]).toEqual([125, expect.stringMatching(/listenerMetadata.*listenerPath/)]);
  });

  it("a listenerPath without a rule that notifies is not connected to", async () => {
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/no/agent" };
    expect((await run(["echo", "ran"], seccomp)).stdout).toBe("ran\n");
  });
});

it("exec's process has the filter too", async () => {
  const { directory, id } = bundleWith(["sleep", "1000"], {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: 77 }],
  });
  await createContainer(sandbox, directory, id);
  await init("start", id);
  expect((await init("exec", id, "/probe", "lseek", "99", "0", "0")).stdout.trim()).toBe(DENIED);
  await init("delete", "--force", id);
});
