import type { OciCpu, OciMemory, OciResources } from "@mydocker/oci";
import { cgroupDirectory } from "./cgroups-path.ts";
import { readControl } from "./control-file.ts";
import { type Hierarchy, hierarchyOf } from "./hierarchy.ts";

/**
 * The limits of a cgroup of which no config is known that a change may have to be judged with (`planUpdate`): memory with memory plus
 * swap, quota with period and burst.
 */
export function readLimits(hierarchies: Hierarchy[], cgroupsPath: string): OciResources {
  const reader = (controller: string) => {
    const hierarchy = hierarchyOf(hierarchies, controller);
    if (hierarchy === undefined) return undefined;
    const directory = cgroupDirectory(hierarchy, cgroupsPath);
    return { version: hierarchy.version, read: (file: string) => readControl(`${directory}/${file}`) };
  };
  const memory = reader("memory");
  const cpu = reader("cpu");
  return {
    ...(memory === undefined ? {} : { memory: memoryLimits(memory.version, memory.read) }),
    ...(cpu === undefined ? {} : { cpu: cpuLimits(cpu.version, cpu.read) }),
  };
}

/** What v2 counts apart is one number in `linux.resources`: memory plus swap. */
export function memoryLimits(version: 1 | 2, read: (file: string) => string | undefined): OciMemory {
  const limit = limitOf(read(version === 1 ? "memory.limit_in_bytes" : "memory.max"));
  const other = limitOf(read(version === 1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max"));
  const swap = version === 1 || limit === undefined || other === undefined ? other : limit + other;
  return { ...(limit === undefined ? {} : { limit }), ...(swap === undefined ? {} : { swap }) };
}

export function cpuLimits(version: 1 | 2, read: (file: string) => string | undefined): OciCpu {
  const [quota, period] =
    version === 1 ? [read("cpu.cfs_quota_us"), read("cpu.cfs_period_us")] : (read("cpu.max") ?? "").split(" ");
  const burst = read(version === 1 ? "cpu.cfs_burst_us" : "cpu.max.burst");
  return {
    ...(quota === undefined || !/^\d+$/.test(quota) ? {} : { quota: Number(quota) }),
    ...(period === undefined || period === "" ? {} : { period: Number(period) }),
    ...(burst === undefined || burst === "0" ? {} : { burst: Number(burst) }),
  };
}

/** v1 writes "no limit" as the largest long in whole pages (mm/page_counter.c, PAGE_COUNTER_MAX). */
const V1_NO_LIMIT = 2 ** 62;

/**
 * A limit as its file has it; undefined for none, which v1's memory files write as a number and all others as `max`.
 *
 * @param text undefined where there is no such file
 */
export function limitOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text) || Number(text) >= V1_NO_LIMIT) return undefined;
  return Number(text);
}
