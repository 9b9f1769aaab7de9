import { existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { OciConfig, OciProcess } from "@mydocker/oci";
import { type BundleRunner, bundleRunner, makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContainer } from "../support/detached.ts";

let sandbox: Sandbox;
let run: BundleRunner;

beforeAll(() => {
  sandbox = makeSandbox();
  run = bundleRunner(sandbox);
});

afterAll(() => sandbox.cleanUp());

const init = (...args: string[]) => sandbox.tool("mydocker-init", args);

/** Runs a script in a container whose config's process has these members. */
function withProcess(change: Partial<OciProcess>, script: string) {
  return run(["sh", "-c", script], (config) => {
    if (config.process !== undefined) Object.assign(config.process, change);
  });
}

const withLinux = (change: OciConfig["linux"], script: string) =>
  run(["sh", "-c", script], (config) => {
    config.linux = { ...config.linux, ...change };
  });

/** Fields of proc_pid_stat(5), by their numbers there, of the container's command. */
async function statOf(change: Partial<OciProcess>) {
  const result = await run(["cat", "/proc/self/stat"], (config) => {
    if (config.process !== undefined) Object.assign(config.process, change);
  });
  const fields = result.stdout.slice(result.stdout.lastIndexOf(")") + 2).split(" ");
  return { ...result, field: (number: number) => Number(fields[number - 3]) };
}

const NICE = 19;
const REAL_TIME_PRIORITY = 40;
const POLICY = 41;

async function refused(change: Partial<OciProcess>, ...messages: (string | RegExp)[]): Promise<void> {
  const { code, stdout, stderr, id } = await withProcess(change, "echo ran");
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  for (const message of messages) expect(stderr).toMatch(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(existsSync(join(sandbox.paths.run, "init", id))).toBe(false);
}

describe("process.args, env and cwd", () => {
  it("args: empty or absent is an error", async () => {
    await refused({ args: [] }, "process.args");
    const { code, stderr } = await run(["true"], (config) => {
      if (config.process !== undefined) Object.assign(config.process, { args: undefined });
    });
    expect([code, stderr]).toEqual([125, expect.stringContaining("process.args")]);
  });

  it("args[0] is looked up in the container's own PATH, as execvp does", async () => {
    const script = "exec /other/which";
    const { stdout } = await run(["tool"], (config) => {
      if (config.process !== undefined) config.process.env = ["PATH=/none:/other:/bin"];
      config.hooks = {
        createRuntime: [
          {
            path: "/bin/sh",
            args: [
              "sh",
              "-c",
              `d=$(grep -o '"bundle":"[^"]*' | cut -d'"' -f4)/rootfs/other; mkdir $d; printf '#!/bin/sh\necho found ${script.length}\n' >$d/tool; chmod +x $d/tool`,
            ],
            env: ["PATH=/usr/bin:/bin"],
          },
        ],
      };
    });
    expect(stdout).toBe(`found ${script.length}\n`);
  });

  it("env: exactly what is listed, and the last of two with one name is the shell's", async () => {
    const { stdout } = await run(["env"], (config) => {
      if (config.process !== undefined) config.process.env = ["PATH=/bin", "HOME=/h", "EMPTY=", "A=b=c", "ODD"];
    });
    expect(stdout).toBe("PATH=/bin\nHOME=/h\nEMPTY=\nA=b=c\nODD\n");
  });

  it.each([
    [0, "/root"],
    [33, "/tmp"],
    [4242, "/"],
  ])("HOME of uid %d, where env has none or an empty one, is that of the container's passwd", async (uid, home) => {
    for (const env of [["PATH=/bin"], ["PATH=/bin", "HOME="]]) {
      const { stdout } = await withProcess({ env, user: { uid, gid: 0 } }, "env | busybox grep HOME");
      expect(stdout).toBe(`HOME=${home}\n`);
    }
    const { stdout } = await withProcess({ env: ["PATH=/bin", "HOME=/set"], user: { uid, gid: 0 } }, "echo $HOME");
    expect(stdout).toBe("/set\n");
  });

  it("HOME: nothing is expected of an image's passwd: a device, a huge file, a line without fields", async () => {
    const kinds: [string, (passwd: string) => void][] = [
      ["a link to an endless device", (path) => symlinkSync("/dev/zero", path)],
      [
        "a huge file",
        (path) => {
          writeFileSync(path, "");
          truncateSync(path, 2 ** 40);
        },
      ],
      [
        "nonsense",
        (path) => writeFileSync(path, "::::::\nroot\nroot:x:0\nroot:x:0x:0::/wrong:\nroot:x:0:0::relative:\n"),
      ],
    ];
    for (const [name, make] of kinds) {
      const bundle = makeBundle(
        join(sandbox.directory, name.replaceAll(" ", "-")),
        ["sh", "-c", "echo $HOME"],
        (config) => {
          if (config.process !== undefined) config.process.env = ["PATH=/bin"];
        },
      );
      const passwd = join(bundle.rootfs, "etc/passwd");
      await sandbox.shell(`rm ${passwd}`);
      make(passwd);
      const { code, stdout } = await init("run", "--bundle", bundle.directory, "home");
      expect({ name, code, stdout }).toEqual({ name, code: 0, stdout: "/\n" });
    }
  });

  it("cwd: made where it is missing, and must be absolute", async () => {
    expect((await withProcess({ cwd: "/a/new/one" }, "pwd")).stdout).toBe("/a/new/one\n");
    await refused({ cwd: "relative" }, "process.cwd");
  });

  it("consoleSize: the size of the terminal, and ignored without one, whatever it says", async () => {
    const size = { consoleSize: { height: 33, width: 101 } };
    expect((await withProcess({ ...size, terminal: true }, "busybox stty size")).stdout.trim()).toBe("33 101");
    const wrong = { consoleSize: { height: -1, width: 1e9 } };
    expect((await withProcess(wrong, "echo ran")).stdout).toBe("ran\n");
    await refused({ ...wrong, terminal: true }, "process.consoleSize.height");
  });
});

describe("process.user", () => {
  it("uid, gid, additionalGids", async () => {
    const user = { uid: 33, gid: 1234, additionalGids: [4, 99] };
    const { stdout } = await withProcess({ user }, "id -u; id -g; busybox grep Groups /proc/self/status");
    expect(stdout.replace(/\s+/g, " ").trim()).toBe("33 1234 Groups: 4 99");
  });

  it("no additionalGids: none, not those of the runtime", async () => {
    const { stdout } = await withProcess({ user: { uid: 0, gid: 0 } }, "busybox grep Groups /proc/self/status");
    expect(stdout.trim()).toBe("Groups:");
  });

  it("umask: set, and without one that of the runtime", async () => {
    expect((await withProcess({ user: { uid: 0, gid: 0, umask: 0o27 } }, "umask")).stdout).toBe("0027\n");
    const bundle = makeBundle(join(sandbox.directory, "umask"), ["sh", "-c", "umask"]);
    const { stdout } = await sandbox.shell(`umask 0053; mydocker-init run --bundle ${bundle.directory} umask`);
    expect(stdout).toBe("0053\n");
    await refused({ user: { uid: 0, gid: 0, umask: 0o1000 } }, "process.user.umask");
  });
});

describe("process.rlimits", () => {
  const NAMES: [type: string, line: string, soft: number, hard: number][] = [
    ["RLIMIT_CPU", "Max cpu time", 1000, 2000],
    ["RLIMIT_FSIZE", "Max file size", 1e6, 2e6],
    ["RLIMIT_DATA", "Max data size", 1e8, 2e8],
    ["RLIMIT_STACK", "Max stack size", 4e6, 8e6],
    ["RLIMIT_CORE", "Max core file size", 0, 0],
    ["RLIMIT_RSS", "Max resident set", 1e8, 2e8],
    ["RLIMIT_NPROC", "Max processes", 500, 600],
    ["RLIMIT_NOFILE", "Max open files", 77, 88],
    ["RLIMIT_MEMLOCK", "Max locked memory", 4096, 8192],
    ["RLIMIT_AS", "Max address space", 1e9, 2e9],
    ["RLIMIT_LOCKS", "Max file locks", 10, 20],
    ["RLIMIT_SIGPENDING", "Max pending signals", 10, 20],
    ["RLIMIT_MSGQUEUE", "Max msgqueue size", 1000, 2000],
    ["RLIMIT_NICE", "Max nice priority", 0, 0],
    ["RLIMIT_RTPRIO", "Max realtime priority", 0, 0],
    ["RLIMIT_RTTIME", "Max realtime timeout", 10_000, 20_000],
  ];

  it("every type: getrlimit says what the config says", async () => {
    const rlimits = NAMES.map(([type, , soft, hard]) => ({ type, soft, hard }));
    const { stdout, stderr } = await run(["cat", "/proc/self/limits"], (config) => {
      if (config.process !== undefined) config.process.rlimits = rlimits;
    });
    expect(stderr).toBe("");
    for (const [, line, soft, hard] of NAMES) {
      expect(stdout).toMatch(new RegExp(`^${line} +${soft} +${hard} `, "m"));
    }
  });

  it("an exact limit of 64 bits, which is not the next double", async () => {
    const bundle = makeBundle(join(sandbox.directory, "exact"), ["cat", "/proc/self/limits"]);
    const config = JSON.stringify(bundle.config).replace(
      '"args"',
      '"rlimits":[{"type":"RLIMIT_FSIZE","soft":9223372036854775807,"hard":18446744073709551614}],"args"',
    );
    writeFileSync(join(bundle.directory, "config.json"), config);
    const { stdout } = await init("run", "--bundle", bundle.directory, "exact");
    expect(stdout).toMatch(/^Max file size +9223372036854775807 +18446744073709551614 /m);
    const piped = await sandbox.shell(`mydocker-init run exact <${bundle.directory}/config.json`);
    expect(piped.stderr).not.toContain("rlimit");
  });

  it("an unknown type, one listed twice, a soft limit above the hard one: errors", async () => {
    await refused({ rlimits: [{ type: "RLIMIT_NOPE", soft: 1, hard: 1 }] }, "RLIMIT_NOPE");
    const twice = { type: "RLIMIT_NOFILE", soft: 10, hard: 10 };
    await refused({ rlimits: [twice, twice] }, /RLIMIT_NOFILE.*twice/);
    await refused({ rlimits: [{ type: "RLIMIT_NOFILE", soft: 11, hard: 10 }] }, "above the hard limit");
  });

  it("a hard limit that cannot be raised is an error: getrlimit has to match", async () => {
    // Above fs.nr_open nobody can.
    const above = Number(readFileSync("/proc/sys/fs/nr_open", "utf8")) + 1;
    await refused(
      { rlimits: [{ type: "RLIMIT_NOFILE", soft: above, hard: above }] },
      /RLIMIT_NOFILE: EPERM.*not above \d+/,
    );
  });
});

describe("process.capabilities and noNewPrivileges", () => {
  const SETS = "busybox grep -E '^Cap' /proc/self/status";
  const masks = (stdout: string) =>
    Object.fromEntries(
      [...stdout.matchAll(/^Cap(\w+):\s+(\w+)$/gm)].map(([, name, mask]) => [name, BigInt(`0x${mask}`)]),
    );
  const CHOWN = 1n;
  const KILL = 1n << 5n;
  const SETUID = 1n << 7n;

  it("the five sets, each as it says", async () => {
    const capabilities = {
      bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
      permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"],
      effective: ["CAP_CHOWN", "CAP_KILL"],
      inheritable: ["CAP_KILL"],
      ambient: ["CAP_KILL"],
    };
    // As a user, for whom execve keeps the ambient ones only.
    const { stdout } = await withProcess({ capabilities, user: { uid: 33, gid: 33 } }, SETS);
    expect(masks(stdout)).toEqual({ Inh: KILL, Prm: KILL, Eff: KILL, Bnd: CHOWN | KILL | SETUID, Amb: KILL });
    const root = await withProcess({ capabilities: { ...capabilities, ambient: [], inheritable: [] } }, SETS);
    expect(masks(root.stdout)).toMatchObject({ Inh: 0n, Bnd: CHOWN | KILL | SETUID, Amb: 0n });
  });

  it("an unknown name warns and is left out", async () => {
    const capabilities = { bounding: ["CAP_CHOWN", "CAP_FROM_THE_FUTURE"], permitted: ["CAP_CHOWN"], effective: [] };
    const { code, stdout, stderr } = await withProcess({ capabilities }, SETS);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^mydocker-init run: warning: .*"CAP_FROM_THE_FUTURE"\n$/);
    expect(masks(stdout)).toMatchObject({ Bnd: CHOWN });
  });

  it("one that cannot be granted warns and is left out", async () => {
    const bundle = makeBundle(join(sandbox.directory, "ungrantable"), ["sh", "-c", SETS], (config) => {
      const sets = ["CAP_CHOWN", "CAP_SYS_TIME"];
      if (config.process !== undefined)
        config.process.capabilities = { bounding: sets, permitted: sets, effective: sets };
    });
    const { code, stdout, stderr } = await sandbox.shell(
      `setpriv --bounding-set -sys_time mydocker-init run --bundle ${bundle.directory} ungrantable`,
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining("CAP_SYS_TIME")]);
    expect(masks(stdout)).toMatchObject({ Bnd: CHOWN, Eff: CHOWN });
  });

  it.each([true, false])("noNewPrivileges: %s", async (noNewPrivileges) => {
    const { stdout } = await withProcess({ noNewPrivileges }, "busybox grep NoNewPrivs /proc/self/status");
    expect(stdout).toBe(`NoNewPrivs:\t${noNewPrivileges ? 1 : 0}\n`);
  });
});

describe("process.oomScoreAdj", () => {
  it("is written", async () => {
    expect((await withProcess({ oomScoreAdj: 321 }, "cat /proc/self/oom_score_adj")).stdout).toBe("321\n");
  });

  it("unset, it is not touched", async () => {
    const bundle = makeBundle(join(sandbox.directory, "oom"), ["cat", "/proc/self/oom_score_adj"]);
    const { stdout } = await sandbox.shell(
      `echo 77 >/proc/self/oom_score_adj; mydocker-init run --bundle ${bundle.directory} oom`,
    );
    expect(stdout).toBe("77\n");
  });

  it("that cannot be lowered is an error, which names it", async () => {
    const bundle = makeBundle(join(sandbox.directory, "oom-low"), ["true"], (config) => {
      if (config.process !== undefined) config.process.oomScoreAdj = -1000;
    });
    const { code, stderr } = await sandbox.shell(
      `setpriv --bounding-set -sys_resource mydocker-init run --bundle ${bundle.directory} oom-low`,
    );
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/oom-score: .*oom_score_adj.*EACCES.*CAP_SYS_RESOURCE/),
    ]);
  });

  it("of exec's process is its own", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "oom-exec"), ["sleep", "1000"], (config) => {
      if (config.process !== undefined) config.process.oomScoreAdj = 222;
    });
    await createContainer(sandbox, directory, "oom-exec");
    await init("start", "oom-exec");
    expect((await init("exec", "oom-exec", "cat", "/proc/self/oom_score_adj")).stdout).toBe("222\n");
    await init("delete", "--force", "oom-exec");
  });
});

describe("process.scheduler", () => {
  const real = (policy: string, priority: number) => ({ scheduler: { policy, priority } });

  it.each([
    ["SCHED_OTHER", { nice: 7 }, { policy: 0, nice: 7, priority: 0 }],
    ["SCHED_OTHER", { nice: -5 }, { policy: 0, nice: -5, priority: 0 }],
    ["SCHED_BATCH", { nice: 3 }, { policy: 3, nice: 3, priority: 0 }],
    ["SCHED_IDLE", {}, { policy: 5, nice: 0, priority: 0 }],
  ])("%s %j", async (policy, more, expected) => {
    const { field, stderr } = await statOf({ scheduler: { policy, ...more } });
    expect(stderr).toBe("");
    expect({ policy: field(POLICY), nice: field(NICE), priority: field(REAL_TIME_PRIORITY) }).toEqual(expected);
  });

  // Of cgroup v1's cpu controller a new cgroup has no real-time runtime, so the kernel refuses real time in it.
  it.each([
    ["SCHED_FIFO", 5, 1],
    ["SCHED_RR", 6, 2],
  ])("%s with its priority", async (policy, priority, number) => {
    const { code, field, stderr } = await statOf(real(policy, priority));
    if (code === 0) expect([field(POLICY), field(REAL_TIME_PRIORITY)]).toEqual([number, priority]);
    else expect(stderr).toMatch(/scheduler: set the scheduling policy .*EPERM/);
  });

  it("SCHED_DEADLINE with runtime, deadline and period", async () => {
    const scheduler = { policy: "SCHED_DEADLINE", runtime: 1_000_000, deadline: 10_000_000, period: 20_000_000 };
    const { code, field, stderr } = await statOf({ scheduler });
    if (code === 0) expect(field(POLICY)).toBe(6);
    else expect(stderr).toMatch(/scheduler: set the scheduling policy 6: (EPERM|EBUSY)/);
    await refused({ scheduler: { ...scheduler, deadline: 1 } }, /scheduler: .*EINVAL.*runtime <= deadline <= period/);
  });

  it("SCHED_FLAG_RESET_ON_FORK: its children are ordinary", async () => {
    const scheduler = { policy: "SCHED_OTHER", nice: -7, flags: ["SCHED_FLAG_RESET_ON_FORK"] };
    const script = "read a </proc/$$/stat; echo $a; cat /proc/self/stat; true";
    const { stdout } = await withProcess({ scheduler }, script);
    const nice = stdout
      .trim()
      .split("\n")
      .map((line) => line.slice(line.lastIndexOf(")")).split(" ")[NICE - 2]);
    expect(nice).toEqual(["-7", "0"]);
  });

  it("SCHED_FLAG_KEEP_POLICY and KEEP_PARAMS: what was there stays", async () => {
    const flags = ["SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS"];
    const { field, stderr } = await statOf({ scheduler: { policy: "SCHED_IDLE", nice: 9, flags } });
    expect([stderr, field(POLICY), field(NICE)]).toEqual(["", 0, 0]);
  });

  it("SCHED_FLAG_RECLAIM, DL_OVERRUN, UTIL_CLAMP_MIN, UTIL_CLAMP_MAX reach the kernel", async () => {
    for (const flag of ["RECLAIM", "DL_OVERRUN", "UTIL_CLAMP_MIN", "UTIL_CLAMP_MAX"]) {
      const { code, stderr } = await withProcess(
        { scheduler: { policy: "SCHED_OTHER", flags: [`SCHED_FLAG_${flag}`] } },
        "true",
      );
      if (code !== 0) expect(stderr).toMatch(/scheduler: set the scheduling policy 0: (EINVAL|EOPNOTSUPP)/);
    }
  });

  it("an unknown policy or flag, a priority without real time: errors", async () => {
    await refused({ scheduler: { policy: "SCHED_NOPE" } }, "process.scheduler.policy");
    await refused({ scheduler: { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NOPE"] } }, "SCHED_FLAG_NOPE");
    await refused({ scheduler: { policy: "SCHED_OTHER", nice: 20 } }, "process.scheduler.nice");
    await refused(real("SCHED_OTHER", 3), /scheduler: set the scheduling policy 0: EINVAL/);
    await refused({ scheduler: { policy: "SCHED_ISO" } }, /scheduler: set the scheduling policy 4: EINVAL/);
  });
});

describe("process.ioPriority", () => {
  it.each([
    ["IOPRIO_CLASS_BE", 6, "best-effort: prio 6"],
    ["IOPRIO_CLASS_RT", 2, "realtime: prio 2"],
    ["IOPRIO_CLASS_IDLE", 0, "idle"],
  ])("%s %d", async (name, priority, expected) => {
    const { stdout, stderr } = await withProcess({ ioPriority: { class: name, priority } }, "busybox ionice -p $$");
    expect(stderr).toBe("");
    expect(stdout.trim().replace(/: prio 0$/, "")).toBe(expected);
  });

  it("an unknown class, a priority above 7: errors", async () => {
    await refused({ ioPriority: { class: "IOPRIO_CLASS_NOPE", priority: 0 } }, "process.ioPriority.class");
    await refused({ ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } }, "process.ioPriority.priority");
  });
});

describe("process.execCPUAffinity", () => {
  const ALLOWED = ["busybox", "grep", "Cpus_allowed_list", "/proc/self/status"];

  it("is exec's: initial, then final once it is in the cgroup; not init's", async () => {
    const { directory } = makeBundle(
      join(sandbox.directory, "affinity"),
      ["sh", "-c", `${ALLOWED.join(" ")}; sleep 1000`],
      (config) => {
        if (config.process !== undefined) config.process.execCPUAffinity = { initial: "0", final: "1" };
      },
    );
    await createContainer(sandbox, directory, "affinity");
    await init("start", "affinity");
    const read = () => readFileSync(join(directory, "output"), "utf8");
    await expect.poll(read, { timeout: 20_000 }).not.toBe("");
    expect(read().trim()).toMatch(availableParallelism() > 1 ? /\t0-\d+$/ : /\t0$/);
    const executed = await init("exec", "affinity", ...ALLOWED);
    await init("delete", "--force", "affinity");
    expect(executed).toMatchObject({ stdout: "Cpus_allowed_list:\t1\n", stderr: "" });
  });

  it("a list that is none, or of processors that are not there: errors", async () => {
    for (const [initial, message] of [
      ["a", "process.execCPUAffinity.initial"],
      ["3-1", "execCPUAffinity"],
      ["60000", "affinity: choose the processors: EINVAL"],
    ] as const) {
      const { directory } = makeBundle(join(sandbox.directory, `affinity-${initial}`), ["sleep", "1000"], (config) => {
        if (config.process !== undefined) config.process.execCPUAffinity = { initial };
      });
      await createContainer(sandbox, directory, "bad-affinity");
      await init("start", "bad-affinity");
      const { code, stderr } = await init("exec", "bad-affinity", "true");
      await init("delete", "--force", "bad-affinity");
      expect([code, stderr]).toEqual([125, expect.stringContaining(message)]);
    }
  });
});

describe("linux.personality", () => {
  it.each([
    ["LINUX", /^(x86_64|aarch64)\n$/],
    ["LINUX32", /^(i[3-6]86|armv\w+)\n$/],
  ])("%s", async (domain, machine) => {
    expect((await withLinux({ personality: { domain } }, "busybox uname -m")).stdout).toMatch(machine);
  });

  it("holds for exec too", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "personality"), ["sleep", "1000"], (config) => {
      config.linux = { ...config.linux, personality: { domain: "LINUX32" } };
    });
    await createContainer(sandbox, directory, "personality");
    await init("start", "personality");
    const { stdout } = await init("exec", "personality", "busybox", "uname", "-m");
    await init("delete", "--force", "personality");
    expect(stdout).toMatch(/^(i[3-6]86|armv\w+)\n$/);
  });

  it("an unknown domain, a flag (none is defined): errors", async () => {
    for (const personality of [{ domain: "BSD" }, { domain: "LINUX", flags: ["X"] }]) {
      const { code, stderr } = await withLinux({ personality }, "true");
      expect([code, stderr]).toEqual([125, expect.stringContaining("linux.personality")]);
    }
  });
});

describe("linux.memoryPolicy", () => {
  const POLICY_OF = "busybox cut -d' ' -f2 /proc/self/numa_maps | busybox sort -u";

  it.each([
    [{ mode: "MPOL_BIND", nodes: "0" }, "bind:0"],
    [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }, "bind=static:0"],
    [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"] }, "bind=relative:0"],
    [{ mode: "MPOL_INTERLEAVE", nodes: "0" }, "interleave:0"],
    [{ mode: "MPOL_PREFERRED", nodes: "0" }, "prefer:0"],
    [{ mode: "MPOL_PREFERRED_MANY", nodes: "0" }, /^prefer \(many\):0$/],
    [{ mode: "MPOL_LOCAL" }, "local"],
    [{ mode: "MPOL_DEFAULT" }, "default"],
  ])("%j", async (memoryPolicy, expected) => {
    const { stdout, stderr } = await withLinux({ memoryPolicy }, POLICY_OF);
    expect(stderr).toBe("");
    const lines = stdout.trim().split("\n");
    expect(
      lines.some((line) =>
        typeof expected === "string" ? line === expected : expected.test(line) || line === "prefer",
      ),
    ).toBe(true);
  });

  it("MPOL_WEIGHTED_INTERLEAVE and MPOL_F_NUMA_BALANCING, where the kernel has them", async () => {
    for (const memoryPolicy of [
      { mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0" },
      { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] },
    ]) {
      const { code, stderr } = await withLinux({ memoryPolicy }, "true");
      if (code !== 0) expect(stderr).toMatch(/memory-policy: set the memory policy: EINVAL/);
    }
  });

  it("unknown modes and flags, nodes that are not there or not wanted: errors", async () => {
    const wrong: [NonNullable<OciConfig["linux"]>["memoryPolicy"], string | RegExp][] = [
      [{ mode: "MPOL_NOPE" }, "linux.memoryPolicy.mode"],
      [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NOPE"] }, "MPOL_F_NOPE"],
      [{ mode: "MPOL_BIND", nodes: "x" }, "linux.memoryPolicy.nodes"],
      [
        { mode: "MPOL_BIND", nodes: "1000" },
        /memory-policy: set the memory policy: EINVAL.*nodes that the machine has/,
      ],
      [{ mode: "MPOL_BIND" }, /memory-policy: set the memory policy: EINVAL/],
      [{ mode: "MPOL_DEFAULT", nodes: "0" }, /memory-policy: set the memory policy: EINVAL/],
    ];
    for (const [memoryPolicy, message] of wrong) {
      const { code, stderr } = await withLinux({ ...(memoryPolicy === undefined ? {} : { memoryPolicy }) }, "true");
      expect([code, stderr]).toEqual([125, expect.stringMatching(message)]);
    }
  });
});

describe("process.apparmorProfile, process.selinuxLabel, linux.mountLabel on a host without the module", () => {
  const apparmor = existsSync("/sys/module/apparmor/parameters/enabled");
  const selinux = existsSync("/sys/fs/selinux/enforce");

  it.skipIf(apparmor)("AppArmor (a host without it): refused, but for unconfined", async () => {
    await refused(
      { apparmorProfile: "docker-default" },
      /process\.apparmorProfile "docker-default": AppArmor is not enabled/,
    );
    expect((await withProcess({ apparmorProfile: "unconfined" }, "echo ran")).stdout).toBe("ran\n");
  });

  it.skipIf(selinux)("SELinux (a host without it): refused", async () => {
    await refused({ selinuxLabel: "system_u:system_r:x_t:s0" }, /process\.selinuxLabel ".*": SELinux is not enabled/);
    const { code, stderr } = await withLinux({ mountLabel: "system_u:object_r:x_t:s0" }, "true");
    expect([code, stderr]).toEqual([125, expect.stringMatching(/linux\.mountLabel ".*": SELinux is not enabled/)]);
  });
});

describe("a config without a process", () => {
  it("can be created, and not started; run refuses it", async () => {
    const { directory } = makeBundle(join(sandbox.directory, "none"), ["true"], (config) => {
      delete config.process;
    });
    const plain = await init("run", "--bundle", directory, "none");
    expect([plain.code, plain.stderr]).toEqual([125, expect.stringContaining("no process")]);
    expect((await createContainer(sandbox, directory, "none")).code).toBe(0);
    const { code, stderr } = await init("start", "none");
    expect([code, stderr]).toEqual([1, expect.stringContaining("without a process")]);
    expect(JSON.parse((await init("state", "none")).stdout)).toMatchObject({ status: "created" });
    expect((await init("delete", "none")).code).toBe(0);
  });
});

describe("a command that cannot be executed", () => {
  const ELF32_ARM = Buffer.alloc(64);
  ELF32_ARM.write("\x7fELF\x01\x01\x01", "latin1");
  ELF32_ARM.writeUInt16LE(2, 16);
  ELF32_ARM.writeUInt16LE(40, 18);

  /** A small 64-bit executable that wants a loader. */
  function dynamic(machine: number, loader: string): Buffer {
    const file = Buffer.alloc(256);
    file.write("\x7fELF\x02\x01\x01", "latin1");
    file.writeUInt16LE(2, 16);
    file.writeUInt16LE(machine, 18);
    file.writeUInt32LE(1, 20);
    file.writeBigUInt64LE(64n, 32);
    file.writeUInt16LE(64, 52);
    file.writeUInt16LE(56, 54);
    file.writeUInt16LE(1, 56);
    file.writeUInt32LE(3, 64);
    file.writeBigUInt64LE(128n, 72);
    file.writeBigUInt64LE(BigInt(loader.length + 1), 96);
    file.write(`${loader}\0`, 128, "latin1");
    return file;
  }

  const OWN = process.arch === "arm64" ? 183 : 62;
  const OTHER = process.arch === "arm64" ? 62 : 183;

  const CASES: [
    what: string,
    command: string,
    code: 126 | 127,
    message: RegExp,
    content?: string | Buffer,
    mode?: number,
  ][] = [
    ["missing, by name", "nonesuch", 127, /exec: "nonesuch": executable file not found in \$PATH$/],
    ["missing, by path", "/x/none", 127, /exec: "\/x\/none": no such file or directory$/],
    ["missing, below a file", "/bin/busybox/x", 127, /exec: "\/bin\/busybox\/x": not a directory$/],
    ["a directory", "/tmp", 126, /exec: "\/tmp": is a directory: permission denied$/],
    ["not executable", "/x/plain", 126, /exec: "\/x\/plain": permission denied; try: chmod \+x/, "plain", 0o644],
    [
      "not executable, by name",
      "plain",
      126,
      /exec: "plain": permission denied; try: chmod \+x \/x\/plain/,
      "plain",
      0o644,
    ],
    [
      "text without #!",
      "/x/text",
      126,
      /exec format error; try: a first line such as #!\/bin\/sh: \/x\/text/,
      "echo hi\n",
    ],
    ["empty", "/x/empty", 126, /exec format error; try: .*\/x\/empty is empty/, ""],
    [
      "a script whose interpreter is missing",
      "/x/script",
      127,
      /no such file or directory; try: .*interpreter.*\/x\/script: \/no\/python/,
      "#!/no/python -u\n",
    ],
    [
      "a script with DOS line ends",
      "/x/dos",
      127,
      /no such file or directory; try: LF line ends.*CR LF.*\/bin\/sh\\r/,
      "#!/bin/sh\r\necho\r\n",
    ],
    [
      "a script whose interpreter is a directory",
      "/x/dirscript",
      126,
      /permission denied; try: an interpreter that can be executed: \/tmp/,
      "#!/tmp\n",
    ],
    [
      "a script whose interpreter has no loader",
      "/x/indirect",
      127,
      /no such file or directory; try: .*dynamic loader, \/no\/ld\.so, of \/x\/dynamic/,
      "#!/x/dynamic\n",
    ],
    ["a script without a name behind #!", "/x/nameless", 126, /exec format error; try: an interpreter/, "#!\n"],
    [
      "dynamic, without its loader",
      "/x/dynamic",
      127,
      /no such file or directory; try: .*dynamic loader, \/no\/ld\.so/,
      dynamic(OWN, "/no/ld.so"),
    ],
    [
      "of another architecture",
      "/x/other",
      126,
      /exec format error; try: an image for this machine's architecture: \/x\/other is built for (arm64|x86-64)/,
      dynamic(OTHER, "/no/ld.so"),
    ],
    [
      "of another architecture, 32 bits",
      "/x/arm",
      126,
      /exec format error; try: .*built for arm \(32 bits\)/,
      ELF32_ARM,
    ],
    ["a loop of links", "/x/loop", 126, /too many levels of symbolic links$/],
  ];

  function prepare(rootfs: string): void {
    mkdirSync(join(rootfs, "x"));
    symlinkSync("loop", join(rootfs, "x/loop"));
    writeFileSync(join(rootfs, "x/plain"), "plain", { mode: 0o644 });
    for (const [, command, , , content, mode = 0o755] of CASES) {
      if (content !== undefined) writeFileSync(join(rootfs, "x", command.split("/").at(-1) ?? ""), content, { mode });
    }
  }

  const change = (config: OciConfig) => {
    if (config.process !== undefined) config.process.env = ["PATH=/none:/x:/bin"];
  };

  it.each(CASES)("%s: run", async (what, command, code, message) => {
    const bundle = makeBundle(join(sandbox.directory, `run-${what.replaceAll(/\W/g, "-")}`), [command], change);
    prepare(bundle.rootfs);
    const result = await init("run", "--bundle", bundle.directory, "exec-error");
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(/^mydocker-init run: exec: [^\n]*\n$/);
    expect(result.stderr.trim()).toMatch(message);
  });

  it.each(CASES)("%s: create and start", async (what, command, code, message) => {
    const id = `start-${what.replaceAll(/\W/g, "-")}`;
    const bundle = makeBundle(join(sandbox.directory, id), [command], change);
    prepare(bundle.rootfs);
    // What can be seen without trying is create's error, the rest start's.
    let result = await createContainer(sandbox, bundle.directory, id);
    if (result.code === 0) {
      result = await init("start", id);
      expect(readFileSync(join(bundle.directory, "output"), "utf8")).toBe("");
      expect(JSON.parse((await init("state", id)).stdout)).toMatchObject({ status: "stopped" });
      await init("delete", id);
    }
    expect(result.code).toBe(code);
    expect(result.stderr.trim()).toMatch(message);
  });

  it("every case: exec", async () => {
    const bundle = makeBundle(join(sandbox.directory, "exec-errors"), ["sleep", "1000"], change);
    prepare(bundle.rootfs);
    await createContainer(sandbox, bundle.directory, "exec-errors");
    await init("start", "exec-errors");
    for (const [what, command, code, message] of CASES) {
      const result = await init("exec", "exec-errors", command);
      expect([what, result.code]).toEqual([what, code]);
      expect(result.stderr.trim()).toMatch(message);
    }
    await init("delete", "--force", "exec-errors");
  });

  it("on a file system without execution", async () => {
    const { code, stderr } = await run(["/noexec/sh"], (config) => {
      config.mounts?.push({ destination: "/noexec", source: "/bin", options: ["bind", "ro", "noexec"] });
    });
    expect([code, stderr]).toEqual([126, expect.stringMatching(/permission denied; try: .*without noexec/)]);
  });

  it("with too many arguments", async () => {
    const { code, stderr } = await run(["echo", "x".repeat(200_000)]);
    expect([code, stderr]).toEqual([126, expect.stringMatching(/argument list too long; try: /)]);
  });
});
