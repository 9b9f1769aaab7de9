import { integer, keyed, list, present, type ReadFile } from "./parse.ts";
import type { BlkioEntry, CpuStats, CpusetStats, MemoryEntry, MemoryStats, Stats } from "./stats.ts";

/** The sections that one v1 controller knows (kernel: cgroup-v1/*.rst). */
export const V1_SECTIONS: Record<string, (read: ReadFile) => Partial<Stats>> = {
  cpu: (read) => ({ cpu: { usage: { total: 0n, kernel: 0n, user: 0n }, throttling: throttling(read) } }),
  cpuacct: (read) => ({ cpu: { usage: usage(read), throttling: {} } }),
  cpuset: (read) => ({ cpuset: cpuset(read) }),
  memory: (read) => ({ memory: memory(read) }),
  pids: (read) => ({ pids: pids(read) }),
  blkio: (read) => ({ blkio: blkio(read) }),
};

function throttling(read: ReadFile): CpuStats["throttling"] {
  const { nr_periods, nr_throttled, throttled_time } = keyed(read("cpu.stat"));
  return present({
    periods: nr_periods,
    throttledPeriods: nr_throttled,
    throttledTime: throttled_time,
  }) as CpuStats["throttling"];
}

/** cpuacct.usage_all: a heading, then a line `cpu user system` for each processor. */
function usage(read: ReadFile): CpuStats["usage"] {
  const rows = (read("cpuacct.usage_all") ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.split(" ").map((number) => integer(number) ?? 0n));
  return {
    total: integer(read("cpuacct.usage")) ?? 0n,
    percpu: (read("cpuacct.usage_percpu") ?? "").split(" ").flatMap((number) => integer(number) ?? []),
    percpu_kernel: rows.map((row) => row[2] ?? 0n),
    percpu_user: rows.map((row) => row[1] ?? 0n),
    kernel: integer(read("cpuacct.usage_sys")) ?? 0n,
    user: integer(read("cpuacct.usage_user")) ?? 0n,
  };
}

const CPUSET_FLAGS = [
  "cpu_exclusive",
  "mem_hardwall",
  "mem_exclusive",
  "memory_migrate",
  "memory_spread_page",
  "memory_spread_slab",
  "memory_pressure",
  "sched_load_balance",
  "sched_relax_domain_level",
];

function cpuset(read: ReadFile): CpusetStats {
  const flags = CPUSET_FLAGS.map((flag): [string, number] => [flag, Number(integer(read(`cpuset.${flag}`)) ?? 0n)]);
  return present({
    cpus: list(read("cpuset.cpus")),
    mems: list(read("cpuset.mems")),
    ...Object.fromEntries(flags),
  }) as CpusetStats;
}

function memory(read: ReadFile): MemoryStats {
  const raw = keyed(read("memory.stat"));
  return present({
    cache: raw.cache,
    usage: entry(read, "memory"),
    swap: entry(read, "memory.memsw"),
    kernel: entry(read, "memory.kmem"),
    kernelTCP: entry(read, "memory.kmem.tcp"),
    raw,
  }) as MemoryStats;
}

function entry(read: ReadFile, prefix: string): MemoryEntry | undefined {
  const limit = integer(read(`${prefix}.limit_in_bytes`));
  if (limit === undefined) return undefined;
  return {
    limit,
    usage: integer(read(`${prefix}.usage_in_bytes`)) ?? 0n,
    max: integer(read(`${prefix}.max_usage_in_bytes`)) ?? 0n,
    failcnt: integer(read(`${prefix}.failcnt`)) ?? 0n,
  };
}

/** runc leaves the limit out where there is none. */
function pids(read: ReadFile): Stats["pids"] {
  const limit = read("pids.max");
  return present({ current: integer(read("pids.current")), limit: limit === "max" ? undefined : integer(limit) });
}

function blkio(read: ReadFile): Stats["blkio"] {
  return {
    ioServiceBytesRecursive: blkioEntries(read("blkio.throttle.io_service_bytes_recursive")),
    ioServicedRecursive: blkioEntries(read("blkio.throttle.io_serviced_recursive")),
  };
}

/** `254:0 Read 4096`; the sum at the end, `Total 4096`, is of all disks and has no device. */
function blkioEntries(text: string | undefined): BlkioEntry[] {
  return [...(text ?? "").matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(
    ([, major = "0", minor = "0", op = "", value = "0"]) => ({
      major: BigInt(major),
      minor: BigInt(minor),
      op,
      value: BigInt(value),
    }),
  );
}
