import type { LimitFlags } from "@mydocker/cgroup/limit-flags";
import type { OciCpu } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import type { HostFacts } from "./host-facts.ts";
import { parseCpuList, parseCpus } from "./parse-cpus.ts";
import { parseNumber } from "./parse-number.ts";

/** Microseconds: what the bandwidth controller takes (kernel/sched/core.c), in docker's words. */
const PERIOD = { min: 1000, max: 1_000_000 };
const MIN_QUOTA = 1000;

/** The largest number of microseconds that the kernel takes (kernel/sched/core.c, max_cfs_runtime: MAX_BW is 44 bits wide). */
const MAX_MICROSECONDS = 2 ** 44 - 1;

export function parseCpu(flags: LimitFlags, host: HostFacts): OciCpu {
  const shares = numberOf(flags, "cpu-shares", 0, 262144);
  if (shares === 1) throw usageError("--cpu-shares 1: the minimum allowed cpu-shares is 2");
  const { "cpuset-cpus": list, "cpuset-mems": mems } = flags;
  const realtimePeriod = numberOf(flags, "cpu-rt-period", 0, MAX_MICROSECONDS);
  const realtimeRuntime = numberOf(flags, "cpu-rt-runtime", 0, MAX_MICROSECONDS);
  const burst = flags["cpu-burst"] === undefined ? undefined : numberOf(flags, "cpu-burst", 0, MAX_MICROSECONDS);
  const idle = flags["cpu-idle"] === undefined ? undefined : numberOf(flags, "cpu-idle", 0, 1);
  return {
    ...(shares > 0 ? { shares } : {}),
    ...parseBandwidth(flags, host),
    ...(burst === undefined ? {} : { burst }),
    ...(idle === undefined ? {} : { idle }),
    ...(realtimePeriod > 0 ? { realtimePeriod } : {}),
    ...(realtimeRuntime > 0 ? { realtimeRuntime } : {}),
    ...(list === undefined ? {} : { cpus: availableList("--cpuset-cpus", list, host.cpuset("cpus"), "CPUs") }),
    ...(mems === undefined ? {} : { mems: availableList("--cpuset-mems", mems, host.cpuset("mems"), "memory nodes") }),
  };
}

/** `--cpus` is quota and period in one. */
function parseBandwidth(flags: LimitFlags, host: HostFacts): { quota?: number; period?: number } {
  const period = numberOf(flags, "cpu-period", 0, MAX_MICROSECONDS);
  const quota = numberOf(flags, "cpu-quota", -1, MAX_MICROSECONDS);
  if (flags.cpus !== undefined && (period !== 0 || quota !== 0)) {
    const other = period === 0 ? "--cpu-quota" : "--cpu-period";
    throw usageError(`Conflicting options: --cpus and ${other} cannot both be set`);
  }
  if (flags.cpus !== undefined) return parseCpus(flags.cpus, host.cpus()) ?? {};
  if (period !== 0 && (period < PERIOD.min || period > PERIOD.max)) {
    throw usageError(
      `--cpu-period ${period}: CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)`,
    );
  }
  if (quota > 0 && quota < MIN_QUOTA) {
    throw usageError(`--cpu-quota ${quota}: CPU cfs quota can not be less than 1ms (i.e. 1000)`);
  }
  return { ...(quota === 0 ? {} : { quota }), ...(period === 0 ? {} : { period }) };
}

function availableList(flag: string, text: string, available: string | undefined, what: string): string {
  const wanted = parseCpuList(flag, text);
  // Without the controller, planning refuses the limit and names it.
  if (available === undefined) return text;
  const there = parseCpuList(flag, available);
  if ([...wanted].some((number) => !there.has(number))) {
    throw usageError(`${flag}: Requested ${what} are not available - requested ${text}, available: ${available}`);
  }
  return text;
}

type NumberFlag =
  | "cpu-shares"
  | "cpu-period"
  | "cpu-quota"
  | "cpu-rt-period"
  | "cpu-rt-runtime"
  | "cpu-burst"
  | "cpu-idle";

/** 0 where the flag was not given: docker's "not set". */
function numberOf(flags: LimitFlags, name: NumberFlag, min: number, max: number): number {
  const text = flags[name];
  return text === undefined ? 0 : parseNumber(`--${name}`, text, min, max);
}
