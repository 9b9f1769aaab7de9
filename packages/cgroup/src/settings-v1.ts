import type { OciCpu, OciMemory, OciResources } from "@mydocker/oci";
import { orMax } from "./convert.ts";
import { deviceLines } from "./device-rules.ts";
import type { Setting } from "./settings.ts";

/** `linux.resources` in the words of cgroup v1 (config-linux.md#control-groups; kernel: cgroup-v1/*.rst). */
export function v1Settings(resources: OciResources): Setting[] {
  return [
    ...memorySettings(resources.memory ?? {}),
    ...cpuSettings(resources.cpu ?? {}),
    ...cpusetSettings(resources.cpu ?? {}),
    ...given("pids", "pids.max", resources.pids?.limit, orMax),
    ...deviceLines(resources.devices ?? []).map(({ file, line }) => ({ controller: "devices", file, value: line })),
  ];
}

/** 0 stands for "not set" wherever 0 bytes would make no sense, as in runc and crun. */
function memorySettings(memory: OciMemory): Setting[] {
  const limit = given("memory", "memory.limit_in_bytes", memory.limit || undefined);
  const swap = given("memory", "memory.memsw.limit_in_bytes", memory.swap || undefined);
  return [
    ...limit.map((setting) => (swap.length > 0 ? { ...setting, orAfterNext: true } : setting)),
    ...swap,
    ...given("memory", "memory.soft_limit_in_bytes", memory.reservation || undefined),
    ...given("memory", "memory.swappiness", memory.swappiness),
    ...(memory.disableOOMKiller === true ? given("memory", "memory.oom_control", 1) : []),
  ];
}

/** The period first: a quota is judged by it. */
function cpuSettings(cpu: OciCpu): Setting[] {
  return [
    ...given("cpu", "cpu.shares", cpu.shares || undefined),
    ...given("cpu", "cpu.cfs_period_us", cpu.period || undefined),
    ...given("cpu", "cpu.cfs_quota_us", cpu.quota || undefined),
  ];
}

function cpusetSettings(cpu: OciCpu): Setting[] {
  return [
    ...given("cpuset", "cpuset.cpus", cpu.cpus || undefined),
    ...given("cpuset", "cpuset.mems", cpu.mems || undefined),
  ];
}

/** A setting where there is a value; JSON's null counts as none. */
function given<T extends string | number>(
  controller: string,
  file: string,
  value: T | null | undefined,
  write: (value: T) => string = String,
): Setting[] {
  return value === undefined || value === null ? [] : [{ controller, file, value: write(value) }];
}
