import type { OciCpu, OciMemory, OciResources } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { orMax, sharesToWeight, swapToV2 } from "./convert.ts";
import type { Setting } from "./settings.ts";

/** The kernel's default for cpu.max (cgroup-v2.rst, "CPU Interface Files"). */
const DEFAULT_PERIOD = 100_000;

/**
 * `linux.resources` in the words of cgroup v2 (kernel: cgroup-v2.rst). What `unified` says comes last and so wins
 * (config-linux.md#unified). Device rules are eBPF programs there, not files.
 */
export function v2Settings(resources: OciResources): Setting[] {
  return [
    ...memorySettings(resources.memory ?? {}),
    ...cpuSettings(resources.cpu ?? {}),
    ...(typeof resources.pids?.limit === "number" ? [setting("pids.max", orMax(resources.pids.limit))] : []),
    ...unifiedSettings(resources),
  ];
}

/** The controllers whose files `unified` names; none for `cgroup.*`, which every v2 cgroup has. */
export function unifiedControllers(resources: OciResources | undefined): string[] {
  const names = Object.keys(resources?.unified ?? {}).map((file) => file.split(".", 1)[0] ?? "");
  return [...new Set(names)].filter((name) => name !== "cgroup");
}

function memorySettings(memory: OciMemory): Setting[] {
  return [
    ...(memory.limit ? [setting("memory.max", orMax(memory.limit))] : []),
    ...(memory.swap ? [setting("memory.swap.max", swapToV2(memory.swap, memory.limit))] : []),
    ...(memory.reservation ? [setting("memory.low", orMax(memory.reservation))] : []),
  ];
}

function cpuSettings(cpu: OciCpu): Setting[] {
  const limited = Boolean(cpu.quota) || Boolean(cpu.period);
  return [
    ...(cpu.shares ? [setting("cpu.weight", String(sharesToWeight(cpu.shares)))] : []),
    ...(limited ? [setting("cpu.max", `${orMax(cpu.quota || -1)} ${cpu.period || DEFAULT_PERIOD}`)] : []),
    ...(cpu.cpus ? [setting("cpuset.cpus", cpu.cpus)] : []),
    ...(cpu.mems ? [setting("cpuset.mems", cpu.mems)] : []),
  ];
}

function unifiedSettings(resources: OciResources): Setting[] {
  return Object.entries(resources.unified ?? {}).map(([file, value]) => {
    if (!/^[a-z0-9_]+\.[a-zA-Z0-9_.-]+$/.test(file)) {
      throw usageError(
        `linux.resources.unified: expected a cgroup v2 file such as "memory.high", got ${JSON.stringify(file)}`,
      );
    }
    return setting(file, String(value));
  });
}

/** A v2 file's name begins with its controller's. */
function setting(file: string, value: string): Setting {
  const controller = file.split(".", 1)[0];
  return { controller: controller === "cgroup" ? undefined : controller, file, value };
}
