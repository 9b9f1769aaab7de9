import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { limitedCgroup } from "./support/limited.ts";

// Every limit: written, read back, enforced by the kernel, changed while it is in use, and gone. The same on cgroup v1 and v2; nothing
// here depends on the speed of the host.

const limited = limitedCgroup("e1");
const { sandbox, id, apply, inside, value, require, cgroup, usage, versionOf } = limited;

afterEach(async () => {
  await require("remove", "--kill", id);
  expect((await cgroup("list", "-q")).stdout).toBe("");
});
afterAll(async () => {
  await require("gc");
  await sandbox.cleanUp();
});

const update = (...flags: string[]) => require("update", ...flags, id);
const applied = async (...flags: string[]) => {
  const { code, stderr } = await apply(flags);
  expect([code, stderr]).toEqual([0, ""]);
};

it("--memory: what goes over it is killed, and no longer once it is raised", async () => {
  // tail keeps all that it has been given.
  const allocate = "tail -c 40000000 < <(head -c 40000000 /dev/zero) > /dev/null; echo $?";
  await applied("--memory", "16m", "--memory-swap", "16m");
  expect(await value("memory.limit_in_bytes", "memory.max")).toBe(String(16 << 20));
  expect((await inside(allocate)).stdout).toBe("137\n");
  await update("--memory", "128m", "--memory-swap", "128m");
  expect(await value("memory.limit_in_bytes", "memory.max")).toBe(String(128 << 20));
  expect((await inside(allocate)).stdout).toBe("0\n");
});

it("--memory-swap is memory and swap together, and changes with it or after it", async () => {
  await applied("--memory", "64m", "--memory-swap", "96m");
  const swap = async () => {
    const text = await value("memory.memsw.limit_in_bytes", "memory.swap.max");
    return versionOf("memory") === 1 || text === "max" ? text : String(Number(text) + (64 << 20));
  };
  expect(await swap()).toBe(String(96 << 20));
  await update("--memory-swap", "80m");
  expect(await swap()).toBe(String(80 << 20));
  const { code, stderr } = await cgroup("update", "--memory", "100m", id);
  expect([code, stderr]).toEqual([1, expect.stringContaining("memory plus swap")]);
  expect(await swap()).toBe(String(80 << 20));
  await update("--memory-swap", "-1");
  expect(await swap()).toMatch(/^(max|9223372036854771712)$/);
});

it("--memory-reservation", async () => {
  await applied("--memory", "64m", "--memory-reservation", "32m");
  expect(await value("memory.soft_limit_in_bytes", "memory.low")).toBe(String(32 << 20));
  await update("--memory-reservation", "16m");
  expect(await value("memory.soft_limit_in_bytes", "memory.low")).toBe(String(16 << 20));
});

it("--memory-swappiness and --oom-kill-disable: on v1 in force, on v2 discarded with a word", async () => {
  const { code, stderr } = await apply(["--memory", "16m", "--memory-swappiness", "7", "--oom-kill-disable"]);
  expect(code).toBe(0);
  if (versionOf("memory") === 2) {
    expect(stderr.split("\n").filter((line) => line.endsWith("it is discarded"))).toHaveLength(2);
    return;
  }
  expect(stderr).toBe("");
  expect(await value("memory.swappiness")).toBe("7");
  // It waits at its limit, and nobody is killed until somebody says so.
  const waiting = inside("exec tail /dev/zero");
  await expect.poll(() => value("memory.oom_control under_oom"), { timeout: 30_000 }).toBe("1");
  expect(await value("memory.oom_control oom_kill")).toBe("0");
  await require("kill", id);
  await waiting;
});

/** The part of a processor that a busy loop gets. */
async function share(): Promise<number> {
  const before = await usage();
  const { stdout } = await inside(
    'start=$(date +%s%N); timeout 2 sh -c "while :; do :; done"; echo $(($(date +%s%N) - start))',
  );
  return ((await usage()) - before) / Number(stdout);
}

it("--cpus holds a busy loop back, less so once it is raised", async () => {
  await applied("--cpus", "0.1");
  expect(await value("cpu.cfs_quota_us", "cpu.max")).toMatch(/^10000\b/);
  const small = await share();
  expect(small).toBeLessThan(0.15);
  expect(Number(await value("cpu.stat nr_throttled"))).toBeGreaterThan(0);
  await update("--cpus", "0.6");
  expect(await value("cpu.cfs_quota_us", "cpu.max")).toMatch(/^60000\b/);
  const large = await share();
  expect(large).toBeGreaterThan(small * 1.5);
  expect(large).toBeLessThan(0.75);
});

it("--cpu-quota, --cpu-period and --cpu-burst are judged together, whatever the order", async () => {
  await applied("--cpu-quota", "20000", "--cpu-period", "50000", "--cpu-burst", "10000");
  const bandwidth = async () => [
    await value("cpu.cfs_quota_us", "cpu.max"),
    await value("cpu.cfs_period_us"),
    await value("cpu.cfs_burst_us", "cpu.max.burst"),
  ];
  const written = (quota: string, period: string, burst: string) =>
    versionOf("cpu") === 1 ? [quota, period, burst] : [`${quota} ${period}`, undefined, burst];
  expect(await bandwidth()).toEqual(written("20000", "50000", "10000"));
  await update("--cpu-quota", "5000", "--cpu-burst", "2000");
  expect(await bandwidth()).toEqual(written("5000", "50000", "2000"));
  const { code, stderr } = await cgroup("update", "--cpu-burst", "6000", id);
  expect([code, stderr]).toEqual([1, expect.stringContaining("more than the quota")]);
  expect(await bandwidth()).toEqual(written("5000", "50000", "2000"));
});

it("--cpu-shares: of one processor, eight times the weight gets several times the time", async () => {
  const other = limitedCgroup("e2", sandbox);
  await applied("--cpu-shares", "2048", "--cpuset-cpus", "0");
  expect((await other.apply(["--cpu-shares", "256", "--cpuset-cpus", "0"])).code).toBe(0);
  const loop = 'timeout 3 sh -c "while :; do :; done"';
  await Promise.all([inside(loop), other.inside(loop)]);
  const ratio = (await usage()) / (await other.usage());
  await require("remove", "--kill", other.id);
  expect(ratio).toBeGreaterThan(3);
  await update("--cpu-shares", "1024");
  expect(await value("cpu.shares", "cpu.weight")).toBe(versionOf("cpu") === 1 ? "1024" : "39");
});

it("--cpu-idle", async () => {
  await applied("--cpu-idle", "1");
  expect(await value("cpu.idle")).toBe("1");
  await update("--cpu-idle", "0");
  expect(await value("cpu.idle")).toBe("0");
});

it("--cpuset-cpus and --cpuset-mems", async () => {
  await applied("--cpuset-cpus", "0", "--cpuset-mems", "0");
  expect((await inside("nproc")).stdout).toBe("1\n");
  expect(await value("cpuset.mems")).toBe("0");
  const last = availableParallelism() - 1;
  await update("--cpuset-cpus", `0-${last}`);
  expect((await inside("nproc")).stdout).toBe(`${last + 1}\n`);
});

it("--pids-limit refuses the fork that goes over it", async () => {
  // Not bash, which tries a fork again for seconds.
  const loop = "for n in 1 2 3 4 5 6 7 8; do sleep 50 >/dev/null 2>&1 & echo $n; done";
  const forks = async () => {
    const { stdout, stderr } = await inside(`exec sh -c '${loop}'`);
    await require("kill", id);
    return { refused: stderr.includes("fork"), count: stdout.split("\n").filter(Boolean).length };
  };
  await applied("--pids-limit", "5");
  expect(await value("pids.max")).toBe("5");
  expect(await forks()).toEqual({ refused: true, count: 4 });
  await update("--pids-limit", "20");
  expect(await forks()).toEqual({ refused: false, count: 8 });
  await update("--pids-limit", "-1");
  expect(await value("pids.max")).toBe("max");
});

describe("a disk", () => {
  let disk: string;
  let numbers: string;
  beforeAll(() => {
    const file = join(sandbox.directory, "disk");
    writeFileSync(file, "");
    truncateSync(file, 64 << 20);
    disk = execFileSync("losetup", ["--find", "--show", file], { encoding: "utf8" }).trim();
    numbers = execFileSync("lsblk", ["-ndo", "MAJ:MIN", disk], { encoding: "utf8" }).trim();
  });
  afterAll(() => {
    execFileSync("losetup", ["--detach", disk]);
  });

  const read = () => `dd if=${disk} of=/dev/null iflag=direct status=none`;
  const write = () => `dd if=/dev/zero of=${disk} oflag=direct status=none`;

  it.each([
    ["--device-read-bps", "1m", "1048576", "100m", () => `${read()} bs=256k count=12`],
    ["--device-write-bps", "1m", "1048576", "100m", () => `${write()} bs=256k count=12`],
    ["--device-read-iops", "10", "10", "10000", () => `${read()} bs=4k count=30`],
    ["--device-write-iops", "10", "10", "10000", () => `${write()} bs=4k count=30`],
  ])("%s %s", async (flag, rate, number, more, transfer) => {
    const milliseconds = async () => {
      const { stdout } = await inside(
        `start=$(date +%s%N); ${transfer()}; echo $((($(date +%s%N) - start) / 1000000))`,
      );
      return Number(stdout);
    };
    await applied(flag, `${disk}:${rate}`);
    const file = `blkio.throttle.${flag.slice(9).replace("-", "_")}_device`;
    const stored = await value(`${file} ${numbers}`, `io.max ${numbers}`);
    expect(stored?.split(/[ =]/)).toContain(number);
    // Three times what may pass in a second; a first second's worth may go at once.
    const slow = await milliseconds();
    expect(slow).toBeGreaterThan(1500);
    await update(flag, `${disk}:${more}`);
    expect(await milliseconds()).toBeLessThan(slow / 2);
  });

  it("--blkio-weight-device, and a weight for all", async () => {
    const { code, stderr } = await apply(["--blkio-weight", "300"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(await value("blkio.bfq.weight", "io.bfq.weight default", "io.bfq.weight", "io.weight default")).toMatch(
      /\b(300|2930)$/,
    );
    await update("--blkio-weight", "500");
    expect(await value("blkio.bfq.weight", "io.bfq.weight default", "io.bfq.weight", "io.weight default")).toMatch(
      /\b(500|4950)$/,
    );
  });

  it.each([
    ["/dev/no-such-disk:1m", "ENOENT"],
    ["/dev/null:1m", "not a block device"],
    ["disk:1m", "expected a disk and a value"],
  ])("%s is none", async (spec, message) => {
    const { code, stdout, stderr } = await apply(["--device-read-bps", spec]);
    expect([code, stdout]).toEqual([125, ""]);
    expect(stderr).toContain(message);
  });
});

it.each([
  ["hugetlb", ["--hugetlb", "2MB=4m"], ["hugetlb.2MB.rsvd.limit_in_bytes", "hugetlb.2MB.rsvd.max"], "4194304"],
  ["memory", ["--cgroup-conf", "memory.high=33554432"], ["memory.high"], "33554432"],
])("%s: %j is in force, or an error that names the controller", async (controller, flags, files, stored) => {
  const { code, stdout, stderr } = await apply(flags);
  const isConf = flags[0] === "--cgroup-conf";
  if (versionOf(controller) === undefined || (isConf && versionOf(controller) === 1)) {
    expect([code, stdout]).toEqual([125, ""]);
    expect(stderr).toContain(`no cgroup controller "${controller}"`);
    return;
  }
  expect([code, stderr]).toEqual([0, ""]);
  expect(await value(...files)).toBe(stored);
});
