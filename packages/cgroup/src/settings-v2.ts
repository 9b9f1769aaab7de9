import type { OciCpu, OciMemory, OciResources } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { v2BlockIo } from "./block-io.ts";
import { orMax, sharesToWeight, swapToV2 } from "./convert.ts";
import { given, type Setting } from "./settings.ts";
import { rdmaSettings } from "./settings-v1.ts";

/** The kernel's default for cpu.max (cgroup-v2.rst, "CPU Interface Files"). */
const DEFAULT_PERIOD = 100_000;

/**
 * `linux.resources` in the words of cgroup v2 (kernel: cgroup-v2.rst), as far as the hierarchy has the controllers. What
 * `unified` says comes last and so wins (config-linux.md#unified). Device rules are eBPF programs there, not files.
 */
export function v2Settings(resources: OciResources, controllers: string[]): Setting[] {
  const sections: Record<string, () => Setting[]> = {
    memory: () => memorySettings(resources.memory ?? {}),
    cpu: () => cpuSettings(resources.cpu ?? {}),
    cpuset: () => cpusetSettings(resources.cpu ?? {}),
    io: () => v2BlockIo(resources.blockIO ?? {}),
    pids: () => given("pids", "pids.max", resources.pids?.limit, orMax),
    hugetlb: () => hugepageSettings(resources),
    rdma: () => rdmaSettings(resources),
  };
  const there = Object.entries(sections).filter(([controller]) => controllers.includes(controller));
  return [...there.flatMap(([, settings]) => settings()), ...unifiedSettings(resources)];
}

/** The controllers whose files `unified` names; none for `cgroup.*`, which every v2 cgroup has. */
export function unifiedControllers(resources: OciResources | undefined): string[] {
  const names = Object.keys(resources?.unified ?? {}).map((file) => file.split(".", 1)[0] ?? "");
  return [...new Set(names)].filter((name) => name !== "cgroup");
}

/** Memory without limit implies swap without limit, as on v1 (runc: ConvertMemorySwapToCgroupV2Value). */
function memorySettings(memory: OciMemory): Setting[] {
  const { limit, swap, reservation, checkBeforeUpdate } = memory;
  // v1 refuses by itself what v2 would kill for.
  const check = checkBeforeUpdate === true ? { notBelow: "memory.current" } : {};
  return [
    ...given("memory", "memory.max", limit || undefined, orMax).map((setting) => ({ ...setting, ...check })),
    ...(swap ? given("memory", "memory.swap.max", swapToV2(swap, limit)) : []),
    ...(!swap && limit === -1 ? [{ ...setting("memory.swap.max", "max"), optional: true }] : []),
    ...given("memory", "memory.low", reservation || undefined, orMax),
  ];
}

/** See v1's: a burst may have to wait for the quota, an idle cgroup has no weight of its own. */
function cpuSettings(cpu: OciCpu): Setting[] {
  const limited = Boolean(cpu.quota) || Boolean(cpu.period);
  const idle = given("cpu", "cpu.idle", cpu.idle);
  const weight = given("cpu", "cpu.weight", cpu.shares || undefined, (shares) => String(sharesToWeight(shares)));
  return [
    ...(cpu.idle === 1 ? [...weight, ...idle] : [...idle, ...weight]),
    ...given("cpu", "cpu.max.burst", cpu.burst).map((burst) => ({
      ...burst,
      ...(limited ? { orAfterNext: true } : {}),
    })),
    ...(limited ? [setting("cpu.max", `${orMax(cpu.quota || -1)} ${cpu.period || DEFAULT_PERIOD}`)] : []),
  ];
}

function cpusetSettings(cpu: OciCpu): Setting[] {
  return [
    ...given("cpuset", "cpuset.cpus", cpu.cpus || undefined),
    ...given("cpuset", "cpuset.mems", cpu.mems || undefined),
  ];
}

/** config-linux.md#huge-page-limits, with v2's names for the two files. 2^64 is how JSON rounds "no limit". */
function hugepageSettings({ hugepageLimits }: OciResources): Setting[] {
  return (hugepageLimits ?? []).map(({ pageSize, limit }) => {
    const value = orMax(limit >= 2 ** 63 ? -1 : limit);
    return {
      controller: "hugetlb",
      file: `hugetlb.${pageSize}.rsvd.max`,
      value,
      otherwise: { file: `hugetlb.${pageSize}.max`, value },
    };
  });
}

/** A value of several lines is as many writes: each sets another key of the file. */
function unifiedSettings(resources: OciResources): Setting[] {
  return Object.entries(resources.unified ?? {}).flatMap(([file, value]) => {
    if (!/^[a-z0-9_]+\.[a-zA-Z0-9_.-]+$/.test(file)) {
      throw usageError(
        `linux.resources.unified: expected a cgroup v2 file such as "memory.high", got ${JSON.stringify(file)}`,
      );
    }
    const lines = String(value)
      .split("\n")
      .filter((line) => line !== "");
    return (lines.length > 0 ? lines : [""]).map((line) => setting(file, line));
  });
}

/** A v2 file's name begins with its controller's. */
function setting(file: string, value: string): Setting {
  const controller = file.split(".", 1)[0];
  return { controller: controller === "cgroup" ? undefined : controller, file, value };
}
