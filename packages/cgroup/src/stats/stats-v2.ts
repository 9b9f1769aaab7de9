import { integer, keyed, list, NO_LIMIT, present, type ReadFile } from "./parse.ts";
import type { BlkioEntry, CpuStats, CpusetStats, MemoryStats, Stats } from "./stats.ts";

/** The sections that one v2 controller knows (cgroup-v2.rst), in v1's terms as runc's fs2 has them. */
export const V2_SECTIONS: Record<string, (read: ReadFile) => Partial<Stats>> = {
  cpu: (read) => ({ cpu: cpu(read) }),
  cpuset: (read) => ({ cpuset: cpuset(read) }),
  memory: (read) => ({ memory: memory(read) }),
  pids: (read) => ({ pids: pids(read) }),
  io: (read) => ({ blkio: blkio(read) }),
};

/** Microseconds there, nanoseconds here. */
function cpu(read: ReadFile): CpuStats {
  const stat = keyed(read("cpu.stat"));
  const nanoseconds = (microseconds: bigint | undefined) =>
    microseconds === undefined ? undefined : microseconds * 1000n;
  return {
    usage: {
      total: nanoseconds(stat.usage_usec) ?? 0n,
      kernel: nanoseconds(stat.system_usec) ?? 0n,
      user: nanoseconds(stat.user_usec) ?? 0n,
    },
    throttling: present({
      periods: stat.nr_periods,
      throttledPeriods: stat.nr_throttled,
      throttledTime: nanoseconds(stat.throttled_usec),
    }) as CpuStats["throttling"],
  };
}

function cpuset(read: ReadFile): CpusetStats {
  return present({
    cpus: list(read("cpuset.cpus.effective")),
    mems: list(read("cpuset.mems.effective")),
  }) as CpusetStats;
}

function memory(read: ReadFile): MemoryStats {
  const raw = keyed(read("memory.stat"));
  const events = keyed(read("memory.events"));
  const usage = integer(read("memory.current")) ?? 0n;
  const limit = integer(read("memory.max")) ?? NO_LIMIT;
  const swapUsage = integer(read("memory.swap.current"));
  const swapLimit = integer(read("memory.swap.max")) ?? NO_LIMIT;
  return present({
    cache: raw.file,
    usage: present({ limit, usage, max: integer(read("memory.peak")), failcnt: events.max ?? 0n }),
    swap:
      swapUsage === undefined
        ? undefined
        : {
            limit: limit === NO_LIMIT || swapLimit === NO_LIMIT ? NO_LIMIT : limit + swapLimit,
            usage: usage + swapUsage,
            failcnt: keyed(read("memory.swap.events")).max ?? 0n,
          },
    kernel: raw.kernel === undefined ? undefined : { limit: NO_LIMIT, usage: raw.kernel, failcnt: 0n },
    raw,
  }) as MemoryStats;
}

function pids(read: ReadFile): Stats["pids"] {
  const limit = read("pids.max");
  return present({ current: integer(read("pids.current")), limit: limit === "max" ? undefined : integer(limit) });
}

/** io.stat: `254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0`. */
function blkio(read: ReadFile): Stats["blkio"] {
  const lines = (read("io.stat") ?? "").split("\n").filter((line) => /^\d+:\d+ /.test(line));
  const entries = (keys: Record<string, string>): BlkioEntry[] =>
    lines.flatMap((line) => {
      const [device = "", ...pairs] = line.split(" ");
      const [major = "0", minor = "0"] = device.split(":");
      const values = keyed(pairs.map((pair) => pair.replace("=", " ")).join("\n"));
      return Object.entries(keys).map(([op, key]) => ({
        major: BigInt(major),
        minor: BigInt(minor),
        op,
        value: values[key] ?? 0n,
      }));
    });
  return {
    ioServiceBytesRecursive: entries({ Read: "rbytes", Write: "wbytes", Discard: "dbytes" }),
    ioServicedRecursive: entries({ Read: "rios", Write: "wios", Discard: "dios" }),
  };
}
