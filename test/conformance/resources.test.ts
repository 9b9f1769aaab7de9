import { existsSync, readdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { findHierarchies, hierarchyOf, removeCgroup } from "@mydocker/cgroup";
import type { OciConfig, OciResources } from "@mydocker/oci";
import { type BundleRunner, bundleRunner, makeBundle, makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** config-linux.md, "Control groups": `cgroupsPath` and `resources`, in the words of the cgroup version that this host has. */

let sandbox: Sandbox;
let run: BundleRunner;
let count = 0;
const hierarchies = findHierarchies();

beforeAll(() => {
  sandbox = makeSandbox();
  run = bundleRunner(sandbox);
});

afterAll(async () => {
  await sandbox.cleanUp();
  removeCgroup(hierarchies, `/${sandbox.paths.prefix}`, { kill: true });
  removeCgroup(hierarchies, `/${sandbox.paths.prefix}abs`, { kill: true });
});

/** Which of them the limits are on; a hybrid host has v1 for them. */
const version = hasV1("memory") ? "v1" : "v2";

/** A file of the container's own cgroup, with what is in it, by the version that has it. */
type Setting = Partial<Record<typeof version, [file: string, value: string]>>;

/** The cases of a table that this host's version has a file for, as arguments of a test. */
function settings<T>(table: [name: string, resources: T, setting: Setting][]): [string, T, string, string][] {
  return table.flatMap(([name, resources, setting]) => {
    const own = setting[version];
    return own === undefined ? [] : [[name, resources, ...own] as [string, T, string, string]];
  });
}

/** The line of /proc/PID/cgroup that has a controller. */
function lineOf(controller: string, text: string): string | undefined {
  return text
    .split("\n")
    .find((line) => (version === "v1" ? line.includes(`:${controller}:`) : line.startsWith("0::")));
}

/** This machine has v1 for these; a limit cannot be read back where its controller is not mounted. */
function hasV1(controller: string): boolean {
  return hierarchyOf(hierarchies, controller)?.version === 1;
}

function withResources(resources: OciResources): (config: OciConfig) => void {
  return (config) => {
    config.linux = { ...config.linux, resources };
    config.mounts?.push({ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"] });
  };
}

/** The files of the container's own cgroup, as it sees them. */
async function inside(resources: OciResources, ...files: string[]): Promise<string[]> {
  const script = files.map((file) => `cat /sys/fs/cgroup/${file}; echo --`).join("; ");
  const { stdout, stderr, code } = await run(["sh", "-c", script], withResources(resources));
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout
    .split("--\n")
    .slice(0, -1)
    .map((text) => text.trim());
}

async function refusal(resources: OciResources, change: (config: OciConfig) => void = () => {}): Promise<string> {
  const { stderr, code, id } = await run(["true"], (config) => {
    withResources(resources)(config);
    change(config);
  });
  expect(code).toBe(125);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(cgroupsNamed(id)).toEqual([]);
  return stderr;
}

function cgroupsNamed(id: string): string[] {
  return hierarchies.map(({ path }) => join(path, sandbox.paths.prefix, id)).filter((path) => existsSync(path));
}

/** A container that runs until it is told to end. */
async function start(
  resources: OciResources = {},
  change: (config: OciConfig) => void = () => {},
  args = ["sleep", "1000"],
): Promise<{ id: string; cgroup: (file: string) => string; pid: number }> {
  count += 1;
  const id = `${sandbox.paths.prefix}-r${count}`;
  const bundle = makeBundle(join(sandbox.directory, `resources-${count}`), args, (config) => {
    withResources(resources)(config);
    change(config);
  });
  // The container has its creator's streams, which would not end before it does.
  const created = await sandbox.shell(
    `mydocker-init create --bundle ${bundle.directory} ${id} < /dev/null > /dev/null 2>&1`,
  );
  expect(created.code).toBe(0);
  await expectSuccess("start", id);
  const state = JSON.parse((await expectSuccess("state", id)).stdout);
  const cgroup = (file: string) => {
    const [controller = "", name = ""] = file.split("/");
    const top = hierarchyOf(hierarchies, controller)?.path ?? "";
    return readFileSync(join(top, sandbox.paths.prefix, id, name), "utf8").trim();
  };
  return { id, cgroup, pid: state.pid };
}

async function expectSuccess(...args: string[]) {
  const result = await sandbox.tool("mydocker-init", args);
  expect({ args, code: result.code, stderr: result.stderr }).toEqual({ args, code: 0, stderr: "" });
  return result;
}

async function statusOf(id: string): Promise<string> {
  return JSON.parse((await expectSuccess("state", id)).stdout).status;
}

describe("linux.cgroupsPath", () => {
  it("absolute: below the mount point of every hierarchy, made where it is not, and gone afterwards", async () => {
    const cgroupsPath = `/${sandbox.paths.prefix}abs/deep/one`;
    const { stdout, id } = await run(["cat", "/proc/self/cgroup"], (config) => {
      config.linux = { ...config.linux, cgroupsPath, namespaces: withoutCgroup(config) };
    });
    for (const controller of ["memory", "pids", "cpu"]) {
      expect(lineOf(controller, stdout)).toMatch(new RegExp(`:${cgroupsPath}$`));
    }
    expect(cgroupsNamed(id)).toEqual([]);
    expect(hierarchies.filter(({ path }) => existsSync(`${path}${cgroupsPath}`))).toEqual([]);
  });

  it("relative: below the runtime's own cgroup, the same place for the same value", async () => {
    const places = async () => {
      const { stdout } = await run(["cat", "/proc/self/cgroup"], (config) => {
        config.linux = { ...config.linux, cgroupsPath: "some/where", namespaces: withoutCgroup(config) };
      });
      return lineOf("memory", stdout);
    };
    const place = await places();
    expect(place).toMatch(new RegExp(`:/${sandbox.paths.prefix}/some/where$`));
    expect(await places()).toBe(place);
  });

  it("absent: a place of the container's own", async () => {
    const { stdout, id } = await run(["cat", "/proc/self/cgroup"], (config) => {
      config.linux = { ...config.linux, namespaces: withoutCgroup(config) };
    });
    expect(lineOf("memory", stdout)).toMatch(new RegExp(`:/${sandbox.paths.prefix}/${id}$`));
  });

  it("a cgroup that has processes is refused, and they are left alone", async () => {
    const first = await start();
    const { stderr, code } = await run(["true"], (config) => {
      config.linux = { ...config.linux, cgroupsPath: `/${sandbox.paths.prefix}/${first.id}` };
    });
    expect(code).toBe(125);
    expect(stderr).toContain(`is not empty: processes ${first.pid} are in it`);
    expect(await statusOf(first.id)).toBe("running");
    await expectSuccess("delete", "--force", first.id);
  });

  it.skipIf(!hasV1("freezer"))("a cgroup that is frozen is refused", async () => {
    const freezer = hierarchyOf(hierarchies, "freezer")?.path ?? "";
    const cgroupsPath = `/${sandbox.paths.prefix}/frozen`;
    const made = join(freezer, cgroupsPath);
    await sandbox.shell(`mkdir -p ${made} && echo FROZEN > ${made}/freezer.state`);
    const { stderr, code } = await run(["true"], (config) => {
      config.linux = { ...config.linux, cgroupsPath };
    });
    expect(code).toBe(125);
    expect(stderr).toContain(`cgroup ${made} is frozen`);
    expect(statSync(made).isDirectory()).toBe(true);
    rmdirSync(made);
  });

  it.each(["/", "/../etc", "a/../../b", ""])(
    "%j is refused or is the runtime's choice, never the host's own cgroup",
    async (cgroupsPath) => {
      const { code, stdout } = await run(["cat", "/proc/self/cgroup"], (config) => {
        config.linux = { ...config.linux, cgroupsPath, namespaces: withoutCgroup(config) };
      });
      if (cgroupsPath === "") expect(lineOf("memory", stdout)).toContain(`:/${sandbox.paths.prefix}/`);
      else expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    },
  );
});

function withoutCgroup(config: OciConfig) {
  return (config.linux?.namespaces ?? []).filter(({ type }) => type !== "cgroup");
}

describe("linux.resources.memory", () => {
  const cases: [string, NonNullable<OciResources["memory"]>, Setting][] = [
    [
      "limit",
      { limit: 2 ** 26 },
      { v1: ["memory/memory.limit_in_bytes", `${2 ** 26}`], v2: ["memory.max", `${2 ** 26}`] },
    ],
    [
      "swap: with memory on v1, alone on v2",
      { limit: 2 ** 26, swap: 2 ** 27 },
      { v1: ["memory/memory.memsw.limit_in_bytes", `${2 ** 27}`], v2: ["memory.swap.max", `${2 ** 26}`] },
    ],
    [
      "reservation",
      { reservation: 2 ** 25 },
      { v1: ["memory/memory.soft_limit_in_bytes", `${2 ** 25}`], v2: ["memory.low", `${2 ** 25}`] },
    ],
    ["kernelTCP", { kernelTCP: 2 ** 24 }, { v1: ["memory/memory.kmem.tcp.limit_in_bytes", `${2 ** 24}`] }],
    ["swappiness", { swappiness: 0 }, { v1: ["memory/memory.swappiness", "0"] }],
    ["useHierarchy", { useHierarchy: true }, { v1: ["memory/memory.use_hierarchy", "1"] }],
  ];

  it.each(settings(cases))("%s", async (_, memory, file, value) => {
    expect(await inside({ memory }, file)).toEqual([value]);
  });

  it("limit -1: none, of swap neither", async () => {
    const files = {
      v1: ["memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes"],
      v2: ["memory.max", "memory.swap.max"],
    };
    const limits = await inside({ memory: { limit: -1 } }, ...files[version]);
    expect(limits.map(isUnlimited)).toEqual([true, true]);
  });

  it.runIf(version === "v1")("disableOOMKiller", async () => {
    const [text] = await inside({ memory: { limit: 2 ** 26, disableOOMKiller: true } }, "memory/memory.oom_control");
    expect(text).toContain("oom_kill_disable 1");
  });

  it("kernel: ignored with a warning, as runc does, for the kernel's own file does nothing", async () => {
    const { stderr, code } = await run(["true"], withResources({ memory: { kernel: 2 ** 26 } }));
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: .*memory\.kernel is ignored/);
  });

  it("the kernel kills for what is beyond the limit", async () => {
    const { code } = await run(
      ["sh", "-c", "head -c 100000000 /dev/zero > /dev/null"],
      withResources({ memory: { limit: 8 * 2 ** 20, swap: 8 * 2 ** 20 } }),
    );
    expect(code).toBe(0);
    const hungry = await run(
      ["sh", "-c", "exec busybox tail /dev/zero"],
      withResources({ memory: { limit: 8 * 2 ** 20, swap: 8 * 2 ** 20 } }),
    );
    expect(hungry.code).toBe(137);
  });

  it.each([
    ["swap without a limit", { swap: 2 ** 26 }, "needs a memory limit"],
    ["swap below the limit", { limit: 2 ** 26, swap: 2 ** 25 }, "is memory plus swap"],
    ["swappiness 101", { swappiness: 101 }, "from 0 to 100"],
    ["a limit of -2", { limit: -2 }, "memory.limit: expected a whole number from -1"],
    ["useHierarchy false", { useHierarchy: false }, "always counts hierarchically"],
  ])("%s is refused", async (_, memory, message) => {
    expect(await refusal({ memory })).toContain(message);
  });
});

/** v1 has no word for it: a number of pages that no machine has. */
function isUnlimited(value: string): boolean {
  return value === "max" || BigInt(value) > 2n ** 62n;
}

describe("linux.resources.cpu", () => {
  const cases: [string, NonNullable<OciResources["cpu"]>, Setting][] = [
    ["shares", { shares: 512 }, { v1: ["cpu/cpu.shares", "512"], v2: ["cpu.weight", "20"] }],
    ["quota", { quota: 50_000 }, { v1: ["cpu/cpu.cfs_quota_us", "50000"], v2: ["cpu.max", "50000 100000"] }],
    ["period", { period: 50_000 }, { v1: ["cpu/cpu.cfs_period_us", "50000"], v2: ["cpu.max", "max 50000"] }],
    [
      "burst",
      { quota: 50_000, burst: 20_000 },
      { v1: ["cpu/cpu.cfs_burst_us", "20000"], v2: ["cpu.max.burst", "20000"] },
    ],
    ["idle", { idle: 1 }, { v1: ["cpu/cpu.idle", "1"], v2: ["cpu.idle", "1"] }],
    ["cpus", { cpus: "0" }, { v1: ["cpuset/cpuset.cpus", "0"], v2: ["cpuset.cpus", "0"] }],
    ["mems", { mems: "0" }, { v1: ["cpuset/cpuset.mems", "0"], v2: ["cpuset.mems", "0"] }],
  ];

  it.each(settings(cases))("%s", async (_, cpu, file, value) => {
    expect(await inside({ cpu }, file)).toEqual([value]);
  });

  it.runIf(version === "v1")(
    "realtimeRuntime and realtimePeriod, where the cgroup above has realtime to give",
    async () => {
      const { stdout, stderr } = await run(
        ["sh", "-c", "cat /sys/fs/cgroup/cpu/cpu.rt_runtime_us /sys/fs/cgroup/cpu/cpu.rt_period_us"],
        (config) => {
          withResources({ cpu: { realtimeRuntime: 1000, realtimePeriod: 500_000 } })(config);
          config.linux = { ...config.linux, cgroupsPath: `/${sandbox.paths.prefix}abs` };
        },
      );
      expect({ stdout, stderr }).toEqual({ stdout: "1000\n500000\n", stderr: "" });
    },
  );

  it.each([
    ["a burst beyond the quota", { quota: 10_000, burst: 20_000 }, "cpu.burst: 20000 is more than the quota"],
    ["a quota of 1 µs", { quota: 1 }, "cpu.quota"],
    ["a period of 2 s", { period: 2_000_000 }, "cpu.period"],
    ["cpus that are no list", { cpus: "all" }, "expected a list such as 0-3,7"],
    ["cpus that are not there", { cpus: "4000" }, "cpuset.cpus: E"],
    ["idle 2", { idle: 2 }, "cpu.idle: expected a whole number from 0 to 1"],
  ])("%s is refused", async (_, cpu, message) => {
    expect(await refusal({ cpu })).toContain(message);
  });
});

describe("linux.resources.blockIO", () => {
  const disk = disks()[0] ?? "";
  const [major = 0, minor = 0] = disk.split(":").map(Number);

  it.skipIf(disk === "")("throttles by device: rates of reading and writing, in bytes and operations", async () => {
    const entry = (rate: number) => [{ major, minor, rate }];
    const files = ["read_bps", "write_bps", "read_iops", "write_iops"];
    const blockIO = {
      throttleReadBpsDevice: entry(1_048_576),
      throttleWriteBpsDevice: entry(2_097_152),
      throttleReadIOPSDevice: entry(100),
      throttleWriteIOPSDevice: entry(200),
    };
    if (version === "v2") {
      const line = `${disk} rbps=1048576 wbps=2097152 riops=100 wiops=200`;
      expect(await inside({ blockIO }, "io.max")).toEqual([line]);
      return;
    }
    const values = await inside({ blockIO }, ...files.map((file) => `blkio/blkio.throttle.${file}_device`));
    expect(values).toEqual([`${disk} 1048576`, `${disk} 2097152`, `${disk} 100`, `${disk} 200`]);
  });

  it.runIf(version === "v1" && hasFile("blkio", "blkio.bfq.weight"))("weight", async () => {
    expect(await inside({ blockIO: { weight: 300 } }, "blkio/blkio.bfq.weight")).toEqual(["300"]);
  });

  it("leafWeight: no kernel since 5.0 has it, so it is refused", async () => {
    expect(await refusal({ blockIO: { leafWeight: 300 } })).toContain(
      version === "v1" ? "blkio.leaf_weight: ENOENT" : "blockIO.leafWeight",
    );
  });

  it.each([
    ["weight 5", { weight: 5 }, "blockIO.weight: expected a whole number from 10 to 1000"],
    ["a device without a number", { weightDevice: [{ weight: 10 }] as never }, "weightDevice[0].major"],
  ])("%s is refused", async (_, blockIO, message) => {
    expect(await refusal({ blockIO })).toContain(message);
  });
});

/** Whole disks, by number. */
function disks(): string[] {
  return readdirSync("/sys/block")
    .filter((name) => !name.startsWith("loop") && !name.startsWith("zram"))
    .map((name) => readFileSync(`/sys/block/${name}/dev`, "utf8").trim());
}

/** The top of a hierarchy may lack what the cgroups below it have. */
function hasFile(controller: string, file: string): boolean {
  const top = hierarchyOf(hierarchies, controller)?.path ?? "/nowhere";
  return existsSync(join(top, file)) || existsSync(join(top, file.replace("weight", "io_serviced")));
}

describe("linux.resources.pids", () => {
  it.each([
    [7, "7"],
    [0, "0"],
    [-1, "max"],
  ])("limit %i", async (limit, value) => {
    const { id, cgroup } = await start({ pids: { limit } });
    expect(cgroup("pids/pids.max")).toBe(value);
    await expectSuccess("delete", "--force", id);
  });

  it("a fork beyond it fails", async () => {
    const { stderr } = await run(
      ["sh", "-c", "for n in 1 2 3 4 5 6; do sleep 1 & done; wait"],
      withResources({ pids: { limit: 4 } }),
    );
    expect(stderr).toContain("can't fork");
  });
});

describe("linux.resources.devices", () => {
  it("what is not listed is refused by the kernel; the default devices never are", async () => {
    const { stdout } = await run(
      [
        "sh",
        "-c",
        "head -c1 /dev/loop-control; head -c 1 /dev/zero | wc -c; head -c1 /dev/urandom | wc -c; echo > /dev/null && echo null",
      ].map((arg) => arg.replaceAll("| wc -c", "> /dev/null && echo read")),
      (config) => {
        withResources({ devices: [{ allow: false, access: "rwm" }] })(config);
        config.linux = { ...config.linux, devices: [{ type: "c", path: "/dev/loop-control", major: 10, minor: 237 }] };
      },
    );
    expect(stdout).toBe("read\nread\nnull\n");
  });

  it.each([
    [[{ allow: false }, { allow: true, type: "c" as const, major: 10, minor: 237, access: "r" }]],
    [
      [
        { allow: true, type: "c" as const, major: 10, minor: 237, access: "rw" },
        { allow: false, type: "c" as const, major: 10, minor: 237, access: "w" },
      ],
    ],
  ])("in the order listed, a later rule wins: %j", async (devices) => {
    const { id, cgroup } = await start({ devices }, (config) => {
      config.linux = { ...config.linux, devices: [{ type: "c", path: "/dev/loop-control", major: 10, minor: 237 }] };
    });
    const script = "(: < /dev/loop-control) && echo read; (: > /dev/loop-control) 2> /dev/null || echo refused";
    const { stdout } = await sandbox.tool("mydocker-init", ["exec", id, "sh", "-c", script]);
    expect(stdout).toBe("read\nrefused\n");
    if (version === "v1") {
      const lines = cgroup("devices/devices.list").split("\n");
      expect(lines.filter((entry) => entry.startsWith("c 10:237"))).toEqual(["c 10:237 r"]);
      expect(lines).not.toContain("a *:* rwm");
    }
    await expectSuccess("delete", "--force", id);
  });

  it("an access that is none is refused", async () => {
    expect(await refusal({ devices: [{ allow: true, access: "x" }] })).toContain(
      'devices[0].access: expected letters of "rwm"',
    );
  });
});

describe("linux.resources: what this host has no controller for is refused, never dropped", () => {
  const v1Only = hierarchies.some(({ version, controllers }) => version === 2 && controllers.includes("memory"));

  it.skipIf(hierarchyOf(hierarchies, "net_cls") !== undefined)("network.classID", async () => {
    expect(await refusal({ network: { classID: 0x100001 } })).toContain(
      'network.classID: this host\'s cgroup v1 has no cgroup controller "net_cls"',
    );
  });

  it.skipIf(hierarchyOf(hierarchies, "net_prio") !== undefined)("network.priorities", async () => {
    expect(await refusal({ network: { priorities: [{ name: "eth0", priority: 5 }] } })).toContain('"net_prio"');
  });

  it.skipIf(hierarchyOf(hierarchies, "rdma") !== undefined)("rdma", async () => {
    expect(await refusal({ rdma: { mlx5_1: { hcaHandles: 3 } } })).toContain('"rdma"');
  });

  it.skipIf(v1Only)("unified: a controller that is on v1", async () => {
    expect(await refusal({ unified: { "memory.high": "1" } })).toContain('cgroup v2 has no cgroup controller "memory"');
  });

  it("rdma without a limit, a page size that is none, an unknown type of device", async () => {
    expect(await refusal({ rdma: { mlx5_1: {} } })).toContain("expected hcaHandles, hcaObjects or both");
    expect(await refusal({ hugepageLimits: [{ pageSize: "../x", limit: 1 }] })).toContain("hugepageLimits[0].pageSize");
    expect(await refusal({ devices: [{ allow: true, type: "p" as never }] })).toContain('expected "a", "b" or "c"');
  });
});

describe("pause and resume", () => {
  /** A process that counts, in the container's own file. */
  const counter = ["sh", "-c", "n=0; while :; do n=$((n+1)); echo $n > /tmp/n; done"];

  it("stops every process, those of exec too, and lets them run on", async () => {
    const { id, cgroup } = await start({}, () => {}, ["sleep", "1000"]);
    await expectSuccess("exec", "--detach", id, ...counter);
    await expectSuccess("pause", id);
    expect(await statusOf(id)).toBe("paused");
    expect(cgroup(version === "v1" ? "freezer/freezer.state" : "memory/cgroup.events")).toMatch(/^FROZEN$|^frozen 1$/m);
    expect(cgroup(`${version === "v1" ? "freezer" : "memory"}/cgroup.procs`).split("\n")).toHaveLength(2);
    const refused = await sandbox.tool("mydocker-init", ["exec", id, "true"]);
    expect(refused.code).toBe(1);
    await expectSuccess("resume", id);
    expect(await statusOf(id)).toBe("running");
    expect((await sandbox.tool("mydocker-init", ["exec", id, "cat", "/tmp/n"])).code).toBe(0);
    await expectSuccess("delete", "--force", id);
  });

  it("are refused for what is paused already, is not paused, or does not exist", async () => {
    const { id } = await start();
    const resumed = await sandbox.tool("mydocker-init", ["resume", id]);
    expect({ code: resumed.code, stderr: resumed.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not paused"),
    });
    await expectSuccess("pause", id);
    const paused = await sandbox.tool("mydocker-init", ["pause", id]);
    expect({ code: paused.code, stderr: paused.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not running"),
    });
    await expectSuccess("delete", "--force", id);
    const gone = await sandbox.tool("mydocker-init", ["pause", id]);
    expect({ code: gone.code, stderr: gone.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not exist"),
    });
  });

  it("kill KILL ends a paused container, TERM waits until it is resumed, delete --force takes it away", async () => {
    const first = await start();
    await expectSuccess("pause", first.id);
    await expectSuccess("kill", first.id, "TERM");
    expect(await statusOf(first.id)).toBe("paused");
    await expectSuccess("kill", first.id, "KILL");
    await ended(first.pid);
    expect(await statusOf(first.id)).toBe("stopped");
    await expectSuccess("delete", first.id);
    const second = await start();
    await expectSuccess("pause", second.id);
    expect((await sandbox.tool("mydocker-init", ["delete", second.id])).code).toBe(1);
    await expectSuccess("delete", "--force", second.id);
    expect(cgroupsNamed(second.id)).toEqual([]);
  });
});

/** Until the process is gone or a zombie. */
async function ended(pid: number): Promise<void> {
  const state = () =>
    existsSync(`/proc/${pid}/stat`) ? /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] : "X";
  for (let waited = 0; !["Z", "X"].includes(state() ?? "X"); waited += 1) {
    if (waited > 1000) throw new Error(`process ${pid} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("update", () => {
  it("takes a document on stdin, from a file, or flags; 0 and empty leave a limit alone", async () => {
    const { id, cgroup } = await start({ memory: { limit: 2 ** 26, swap: 2 ** 26 }, cpu: { shares: 256 } });
    const document = {
      memory: { limit: 2 ** 27, swap: 2 ** 28, kernel: 0 },
      cpu: { shares: 0, cpus: "" },
      blockIO: { weight: 0 },
    };
    const stdin = await sandbox.tool("mydocker-init", ["update", "--resources", "-", id], {
      input: JSON.stringify(document),
    });
    expect({ code: stdin.code, stderr: stdin.stderr }).toEqual({ code: 0, stderr: "" });
    // In v1's words: memory plus swap, and the shares that a weight of v2 is made of.
    const limits = (): string[] => {
      if (version === "v1") {
        return ["memory/memory.limit_in_bytes", "memory/memory.memsw.limit_in_bytes", "cpu/cpu.shares"].map(cgroup);
      }
      const [memory = "", swap = "", weight = ""] = [
        "memory/memory.max",
        "memory/memory.swap.max",
        "cpu/cpu.weight",
      ].map(cgroup);
      const shares = { "10": "256", "39": "1024" }[weight] ?? weight;
      return [memory, swap === "max" ? swap : `${Number(memory) + Number(swap)}`, shares];
    };
    expect(limits()).toEqual([`${2 ** 27}`, `${2 ** 28}`, "256"]);
    const file = join(sandbox.directory, "update.json");
    await sandbox.shell(`echo '{"memory":{"limit":${2 ** 25},"swap":${2 ** 25}}}' > ${file}`);
    await expectSuccess("update", `--resources=${file}`, id);
    expect(limits()).toEqual([`${2 ** 25}`, `${2 ** 25}`, "256"]);
    await expectSuccess(
      "update",
      "--memory",
      "64m",
      "--memory-swap",
      "-1",
      "--cpu-share=1024",
      "--pids-limit",
      "33",
      id,
    );
    expect(limits()).toEqual([`${2 ** 26}`, expect.toSatisfy(isUnlimited), "1024"]);
    expect(cgroup("pids/pids.max")).toBe("33");
    await expectSuccess(
      "update",
      "--cpu-period=50000",
      "--cpu-quota",
      "25000",
      "--cpuset-cpus",
      "0",
      "--cpuset-mems=0",
      id,
    );
    const bandwidth = { v1: ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"], v2: ["cpu/cpu.max"] };
    expect(bandwidth[version].map(cgroup).join(" ")).toBe("25000 50000");
    expect(cgroup("cpuset/cpuset.cpus")).toBe("0");
    await expectSuccess("delete", "--force", id);
  });

  it("of which a part fails leaves all limits as they were, and says so", async () => {
    const { id, cgroup } = await start({ memory: { limit: 2 ** 26 }, pids: { limit: 10 } });
    const { code, stderr } = await sandbox.tool("mydocker-init", [
      "update",
      "--memory=128m",
      "--pids-limit=20",
      "--cpuset-cpus=4000",
      id,
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/cpuset.cpus: E.*; the limits are as before/);
    const memory = cgroup(version === "v1" ? "memory/memory.limit_in_bytes" : "memory/memory.max");
    expect([memory, cgroup("pids/pids.max")]).toEqual([`${2 ** 26}`, "10"]);
    await expectSuccess("delete", "--force", id);
  });

  it("reaches what is in the container at once", async () => {
    const file = version === "v1" ? "pids/pids.max" : "pids.max";
    const { id } = await start({ pids: { limit: 1 } });
    await expectSuccess("update", "--pids-limit", "5", id);
    const { stdout } = await sandbox.tool("mydocker-init", ["exec", id, "cat", `/sys/fs/cgroup/${file}`]);
    expect(stdout).toBe("5\n");
    await expectSuccess("delete", "--force", id);
  });

  it.each([
    [["--memory", "lots"], "expected a size"],
    [["--cpu-quota", "x"], "expected a whole number"],
    [["--blkio-weight", "1"], "from 10 to 1000"],
  ])("%j is refused", async (flags, message) => {
    const { id } = await start();
    const { code, stderr } = await sandbox.tool("mydocker-init", ["update", ...flags, id]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    await expectSuccess("delete", "--force", id);
  });
});

describe("events", () => {
  it("--stats: one object in runc's shape, every section there", async () => {
    const { id } = await start({ memory: { limit: 2 ** 26 }, pids: { limit: 9 } });
    const { stdout } = await expectSuccess("events", "--stats", id);
    const event = JSON.parse(stdout);
    expect(event).toMatchObject({ type: "stats", id });
    expect(Object.keys(event.data)).toEqual([
      "cpu",
      "cpuset",
      "memory",
      "pids",
      "blkio",
      "hugetlb",
      "intel_rdt",
      "network_interfaces",
    ]);
    expect(event.data.memory.usage).toMatchObject({ limit: 2 ** 26, failcnt: 0 });
    expect(event.data.memory.usage.usage).toBeGreaterThan(0);
    expect(event.data.pids).toEqual({ current: 1, limit: 9 });
    expect(event.data.cpu.usage.total).toBeGreaterThan(0);
    expect(event.data.cpuset.cpus).toContain(0);
    // In full: a reader that takes it for Go's uint64 must find one.
    for (const number of stdout.match(/\d{19,}/g) ?? []) expect(BigInt(number)).toBeLessThan(2n ** 64n);
    await expectSuccess("delete", "--force", id);
  });

  it("without --stats: usage at every interval and each kill for lack of memory, until the container ends", async () => {
    const { id } = await start({ memory: { limit: 16 * 2 ** 20, swap: 16 * 2 ** 20 } });
    const file = join(sandbox.directory, "events");
    const events = sandbox.shell(`exec mydocker-init events --interval 100ms ${id} >${file}`);
    // Of what was before the first of them nothing is said.
    await expect.poll(() => existsSync(file) && readFileSync(file, "utf8"), { timeout: 20_000 }).toContain("stats");
    await sandbox.tool("mydocker-init", ["exec", id, "busybox", "tail", "/dev/zero"]);
    await expectSuccess("kill", id, "KILL");
    expect((await events).code).toBe(0);
    const kinds = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(kinds.filter((kind) => kind === "oom")).toHaveLength(1);
    expect(kinds).toContain("stats");
    await expectSuccess("delete", "--force", id);
  });

  it("of a container that does not run are refused", async () => {
    const { id, pid } = await start();
    await expectSuccess("kill", id, "KILL");
    await ended(pid);
    expect((await sandbox.tool("mydocker-init", ["events", "--stats", id])).code).toBe(1);
    await expectSuccess("delete", id);
    expect((await sandbox.tool("mydocker-init", ["events", id])).stderr).toContain("does not exist");
  });
});
