import type { OciCpu, OciMemory, OciResources } from "@mydocker/oci";
import { v1BlockIo } from "./block-io.ts";
import { orMax } from "./convert.ts";
import { deviceLines } from "./device-rules.ts";
import { given, type Setting, text } from "./settings.ts";

/**
 * `linux.resources` in the words of cgroup v1 (config-linux.md#control-groups; kernel: cgroup-v1/*.rst), as far as a
 * hierarchy has the controllers.
 */
export function v1Settings(resources: OciResources, controllers: string[]): Setting[] {
  const sections: Record<string, () => Setting[]> = {
    memory: () => memorySettings(resources.memory ?? {}),
    cpu: () => cpuSettings(resources.cpu ?? {}),
    cpuset: () => cpusetSettings(resources.cpu ?? {}),
    blkio: () => v1BlockIo(resources.blockIO ?? {}),
    pids: () => given("pids", "pids.max", resources.pids?.limit, orMax),
    hugetlb: () => hugepageSettings(resources),
    net_cls: () => given("net_cls", "net_cls.classid", resources.network?.classID || undefined),
    net_prio: () =>
      (resources.network?.priorities ?? []).flatMap(({ name, priority }) =>
        given("net_prio", "net_prio.ifpriomap", `${name} ${priority}`),
      ),
    rdma: () => rdmaSettings(resources),
    devices: () =>
      deviceLines(resources.devices ?? []).map(({ file, line }) => ({ controller: "devices", file, value: line })),
  };
  return controllers.flatMap((controller) => sections[controller]?.() ?? []);
}

/** The rdma controller's file is the same in both versions (cgroup-v1/rdma.rst, cgroup-v2.rst). */
export function rdmaSettings({ rdma }: OciResources): Setting[] {
  return Object.entries(rdma ?? {}).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const limits = [
      ...(typeof hcaHandles === "number" ? [`hca_handle=${hcaHandles}`] : []),
      ...(typeof hcaObjects === "number" ? [`hca_object=${hcaObjects}`] : []),
    ];
    return given("rdma", "rdma.max", [device, ...limits].join(" "));
  });
}

/**
 * 0 stands for "not set" wherever 0 bytes would make no sense, as in runc and crun. Memory without limit implies memory
 * plus swap without limit, or else the kernel would refuse it (runc has the same).
 */
function memorySettings(memory: OciMemory): Setting[] {
  const limit = given("memory", "memory.limit_in_bytes", memory.limit || undefined);
  const swap = given("memory", "memory.memsw.limit_in_bytes", memory.swap || (memory.limit === -1 ? -1 : undefined));
  const implied = memory.swap ? {} : { optional: true };
  return [
    ...limit.map((setting) => (swap.length > 0 ? { ...setting, orAfterNext: true } : setting)),
    ...swap.map((setting) => ({ ...setting, ...implied })),
    ...given("memory", "memory.soft_limit_in_bytes", memory.reservation || undefined),
    ...given("memory", "memory.kmem.tcp.limit_in_bytes", memory.kernelTCP || undefined),
    ...given("memory", "memory.swappiness", memory.swappiness),
    ...(memory.disableOOMKiller === true ? given("memory", "memory.oom_control", 1) : []),
  ];
}

/**
 * A quota is judged by its period, a burst by its quota. Which has to come first depends on what an existing cgroup
 * has, so what the kernel refuses is written again behind the quota (runc's fs/cpu.go does so, too). An idle cgroup has no
 * shares of its own: they are written before it becomes one, and after it has ceased to be one.
 */
function cpuSettings(cpu: OciCpu): Setting[] {
  const quota = given("cpu", "cpu.cfs_quota_us", cpu.quota || undefined);
  const before = quota.length > 0 ? { orAfterNext: true } : {};
  const idle = given("cpu", "cpu.idle", cpu.idle);
  const shares = given("cpu", "cpu.shares", cpu.shares || undefined);
  return [
    ...(cpu.idle === 1 ? [...shares, ...idle] : [...idle, ...shares]),
    ...given("cpu", "cpu.rt_period_us", cpu.realtimePeriod || undefined),
    ...given("cpu", "cpu.rt_runtime_us", cpu.realtimeRuntime || undefined),
    ...given("cpu", "cpu.cfs_period_us", cpu.period || undefined).map((setting) => ({ ...setting, ...before })),
    ...given("cpu", "cpu.cfs_burst_us", cpu.burst).map((setting) => ({ ...setting, ...before })),
    ...quota,
  ];
}

function cpusetSettings(cpu: OciCpu): Setting[] {
  return [
    ...given("cpuset", "cpuset.cpus", cpu.cpus || undefined),
    ...given("cpuset", "cpuset.mems", cpu.mems || undefined),
  ];
}

/** config-linux.md#huge-page-limits: the reservation's file (Linux 5.7) where there is one, or else that of what is in use. */
function hugepageSettings({ hugepageLimits }: OciResources): Setting[] {
  return (hugepageLimits ?? []).map(({ pageSize, limit }) => ({
    controller: "hugetlb",
    file: `hugetlb.${pageSize}.rsvd.limit_in_bytes`,
    value: text(Math.min(limit, 2 ** 63 - 1024)),
    otherwise: { file: `hugetlb.${pageSize}.limit_in_bytes`, value: text(Math.min(limit, 2 ** 63 - 1024)) },
  }));
}
