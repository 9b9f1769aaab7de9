import { LIMIT_FLAGS } from "@mydocker/cgroup/limit-flags";
import { defineCommand, parseInvocation } from "@mydocker/stage";
import { expect, test } from "vitest";
import type { HostFacts } from "./host-facts.ts";
import { parseLimits } from "./parse-limits.ts";

const MIB = 2 ** 20;
const HOST: HostFacts = {
  cpus: () => 4,
  cpuset: (file) => (file === "cpus" ? "0-3" : "0"),
  canLimitSwap: () => true,
  hasV1Memory: () => true,
  disk: (_, path) => ({ major: 8, minor: path === "/dev/sda" ? 0 : 16 }),
};

const command = defineCommand({
  summary: "",
  usage: "",
  examples: [""],
  flags: LIMIT_FLAGS,
  args: { min: 0, max: 0 },
  run: () => Promise.resolve(0),
});

/** @param line words of a command line; what belongs together stands in quotes */
function parse(line: string, { host = HOST, whole = true }: { host?: HostFacts; whole?: boolean } = {}) {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  return parseLimits(parseInvocation(command, words).flags, host, whole);
}

test("no flag, no limit", () => {
  expect(parse("")).toEqual({});
});

test.each<[string, object]>([
  [
    "-m 64m --memory-swap 96m --memory-reservation 32m --memory-swappiness 10 --oom-kill-disable",
    { memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 32 * MIB, swappiness: 10, disableOOMKiller: true } },
  ],
  [
    "--cpus 1.5 -c 512 --cpuset-cpus 0,2-3 --cpuset-mems 0 --cpu-burst 5000 --cpu-idle 1",
    { cpu: { shares: 512, quota: 150_000, period: 100_000, cpus: "0,2-3", mems: "0", burst: 5000, idle: 1 } },
  ],
  [
    "--cpu-quota 20000 --cpu-period 50000 --cpu-rt-period 1000000 --cpu-rt-runtime 950000",
    { cpu: { quota: 20_000, period: 50_000, realtimePeriod: 1_000_000, realtimeRuntime: 950_000 } },
  ],
  ["--cpu-quota -1 --cpu-idle 0 --cpu-burst 0", { cpu: { quota: -1, idle: 0, burst: 0 } }],
  ["--pids-limit 20", { pids: { limit: 20 } }],
  [
    "--blkio-weight 300 --blkio-weight-device /dev/sda:200 --blkio-weight-device /dev/sdb:500",
    {
      blockIO: {
        weight: 300,
        weightDevice: [
          { major: 8, minor: 0, weight: 200 },
          { major: 8, minor: 16, weight: 500 },
        ],
      },
    },
  ],
  [
    "--device-read-bps /dev/sda:1m --device-write-bps /dev/sda:2k --device-read-iops /dev/sda:10 --device-write-iops /dev/sdb:20",
    {
      blockIO: {
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: MIB }],
        throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 2048 }],
        throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 10 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 20 }],
      },
    },
  ],
  [
    "--device-cgroup-rule 'c 1:* rwm' --device-cgroup-rule 'a *:* r'",
    {
      devices: [
        { allow: true, type: "c", major: 1, access: "rwm" },
        { allow: true, type: "a", access: "r" },
      ],
    },
  ],
  [
    "--hugetlb 2MB=64m --hugetlb 1GB=0",
    {
      hugepageLimits: [
        { pageSize: "2MB", limit: 64 * MIB },
        { pageSize: "1GB", limit: 0 },
      ],
    },
  ],
  [
    "--rdma mlx5_0=2:2000 --rdma mlx5_1=:7 --rdma mlx4_0=3",
    {
      rdma: { mlx5_0: { hcaHandles: 2, hcaObjects: 2000 }, mlx5_1: { hcaObjects: 7 }, mlx4_0: { hcaHandles: 3 } },
    },
  ],
  [
    "--cgroup-conf memory.high=1073741824 --cgroup-conf 'io.max=8:0 rbps=1'",
    { unified: { "memory.high": "1073741824", "io.max": "8:0 rbps=1" } },
  ],
])("%s", (line, resources) => {
  expect(parse(line)).toEqual(resources);
});

test("memory plus swap is twice the memory where swap can be limited", () => {
  expect(parse("-m 64m").memory).toEqual({ limit: 64 * MIB, swap: 128 * MIB });
  expect(parse("-m 64m", { host: { ...HOST, canLimitSwap: () => false } }).memory).toEqual({ limit: 64 * MIB });
  expect(parse("-m 64m --memory-swap -1").memory?.swap).toBe(-1);
  expect(parse("-m 64m --memory-swap 0").memory?.swap).toBe(128 * MIB);
  expect(parse("-m 6m").memory?.limit).toBe(6 * MIB);
});

test("a change leaves memory plus swap alone, and may be of it alone", () => {
  expect(parse("-m 64m", { whole: false }).memory).toEqual({ limit: 64 * MIB });
  expect(parse("--memory-swap 64m", { whole: false }).memory).toEqual({ swap: 64 * MIB });
});

test("an unlimited swap needs no swap accounting, a limit does", () => {
  const host = { ...HOST, canLimitSwap: () => false };
  expect(parse("-m 64m --memory-swap -1", { host }).memory).toEqual({ limit: 64 * MIB });
  expect(() => parse("-m 64m --memory-swap 96m", { host })).toThrow("cannot limit swap");
});

test("what cgroup v2 left out is discarded, as with docker", () => {
  const host = { ...HOST, hasV1Memory: () => false };
  expect(parse("--memory-swappiness 10 --oom-kill-disable", { host })).toEqual({});
});

test("0 means not set, and unlimited for pids, as docker has it", () => {
  expect(parse("-m 0 --cpus 0 -c 0 --cpu-quota 0 --cpu-period 0 --blkio-weight 0 --memory-swappiness -1")).toEqual({});
  expect(parse("--pids-limit 0").pids).toEqual({ limit: -1 });
  expect(parse("--pids-limit -1").pids).toEqual({ limit: -1 });
});

test.each<[string, string]>([
  ["-m 5m", "Minimum memory limit allowed is 6MB"],
  ["-m 6291455", "Minimum memory limit allowed is 6MB"],
  ["--memory-reservation 1m", "Minimum memory reservation allowed is 6MB"],
  ["-m 64m --memory-reservation 65m", "can not be less than memory reservation limit"],
  ["--memory-swap 64m", "always set the Memory limit"],
  ["-m 64m --memory-swap 63m", "should be larger than memory limit"],
  ["-m 64m --memory-swap -2", "--memory-swap: expected a size"],
  ["--memory-swappiness 101", "from -1 to 100"],
  ["--cpus 4.01", "range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"],
  ["--cpus 0.001", "range of CPUs is from 0.01 to 4.00"],
  ["--cpus -1", "--cpus: expected a number of CPUs"],
  ["--cpus 1e0", "--cpus: expected a number of CPUs"],
  ["--cpus .", "--cpus: expected a number of CPUs"],
  ["--cpus 1 --cpu-quota 50000", "--cpus and --cpu-quota cannot both be set"],
  ["--cpus 1 --cpu-period 50000", "--cpus and --cpu-period cannot both be set"],
  ["--cpu-period 999", "can not be less than 1ms"],
  ["--cpu-period 1000001", "or larger than 1s"],
  ["--cpu-quota 999", "CPU cfs quota can not be less than 1ms"],
  ["--cpu-quota -2", "from -1 to"],
  ["--cpu-quota 17592186044416", "from -1 to 17592186044415"],
  ["--cpu-burst -1", "from 0 to"],
  ["--cpu-idle 2", "from 0 to 1"],
  ["--cpu-rt-runtime ten", "expected a whole number"],
  ["-c 1", "minimum allowed cpu-shares is 2"],
  ["-c 262145", "from 0 to 262144"],
  ["--cpuset-cpus 4", "Requested CPUs are not available - requested 4, available: 0-3"],
  ["--cpuset-cpus 1-0", "expected a list such as 0-2,7"],
  ["--cpuset-cpus '0;1'", "expected a list such as 0-2,7"],
  ["--cpuset-mems 1", "Requested memory nodes are not available"],
  ["--pids-limit -2", "expected a whole number from -1"],
  ["--pids-limit many", "expected a whole number from -1"],
  ["--pids-limit 1.5", "expected a whole number from -1"],
  ["--blkio-weight 9", "from 10 to 1000"],
  ["--blkio-weight 1001", "from 0 to 1000"],
  ["--blkio-weight-device /dev/sda", "such as /dev/sda:100"],
  ["--blkio-weight-device /dev/sda:9", "from 10 to 1000"],
  ["--device-read-bps sda:1m", "such as /dev/sda:1m"],
  ["--device-read-bps /dev/sda:much", "expected a size"],
  ["--device-write-iops /dev/sda:1m", "expected a whole number"],
  ["--device-cgroup-rule 'c 1:* x'", "such as 'c 1:* rwm'"],
  ["--device-cgroup-rule c", "such as 'c 1:* rwm'"],
  ["--hugetlb 2M=1m", "such as 2MB=64m"],
  ["--rdma mlx5_0", "such as mlx5_0=2:2000"],
  ["--rdma mlx5_0=", "such as mlx5_0=2:2000"],
  ["--rdma mlx5_0=9999999999", "expected a whole number"],
  ["--cgroup-conf ../memory.max=1", "such as memory.high="],
  ["--cgroup-conf memory.high", "such as memory.high="],
])("%s is refused", (line, message) => {
  expect(() => parse(line)).toThrow(message);
});
