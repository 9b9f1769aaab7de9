import type { OciConfig, OciDevice, OciResources, OciThrottle } from "@mydocker/oci";

/** Names a device of the host: `/dev/sda`. */
export type DevicePath = (type: "b" | "c", major: number, minor: number) => string;

/** The limits, in the shape of docker's HostConfig: those of the document that is in force. */
export function limitsView(config: OciConfig | undefined, resources: OciResources | undefined, path: DevicePath) {
  return {
    ...memoryView(resources?.memory),
    ...cpuView(resources?.cpu),
    PidsLimit: resources?.pids?.limit ?? null,
    ...diskView(resources?.blockIO, path),
    Devices: devicesView(config?.linux?.devices ?? [], resources, path),
    Ulimits: ulimitsView(config),
    OomScoreAdj: config?.process?.oomScoreAdj ?? 0,
    ShmSize: shmSize(config),
  };
}

function memoryView(memory: OciResources["memory"]) {
  return {
    Memory: memory?.limit ?? 0,
    MemorySwap: memory?.swap ?? 0,
    MemoryReservation: memory?.reservation ?? 0,
    MemorySwappiness: memory?.swappiness ?? null,
    OomKillDisable: memory?.disableOOMKiller ?? false,
  };
}

/** The kernel's period, where nobody names one. */
const USUAL_PERIOD = 100_000;

function cpuView(cpu: OciResources["cpu"]) {
  const { quota = 0, period = USUAL_PERIOD } = cpu ?? {};
  return {
    NanoCpus: quota > 0 ? Math.round((quota / period) * 1e9) : 0,
    CpuShares: cpu?.shares ?? 0,
    CpuPeriod: cpu?.period ?? 0,
    CpuQuota: quota,
    CpuRealtimePeriod: cpu?.realtimePeriod ?? 0,
    CpuRealtimeRuntime: cpu?.realtimeRuntime ?? 0,
    CpusetCpus: cpu?.cpus ?? "",
    CpusetMems: cpu?.mems ?? "",
  };
}

function diskView(blockIo: OciResources["blockIO"], path: DevicePath) {
  const rates = (throttles: OciThrottle[] = []) =>
    throttles.map(({ major, minor, rate }) => ({ Path: path("b", major, minor), Rate: rate }));
  return {
    BlkioWeight: blockIo?.weight ?? 0,
    BlkioWeightDevice: (blockIo?.weightDevice ?? []).map(({ major, minor, weight = 0 }) => ({
      Path: path("b", major, minor),
      Weight: weight,
    })),
    BlkioDeviceReadBps: rates(blockIo?.throttleReadBpsDevice),
    BlkioDeviceWriteBps: rates(blockIo?.throttleWriteBpsDevice),
    BlkioDeviceReadIOps: rates(blockIo?.throttleReadIOPSDevice),
    BlkioDeviceWriteIOps: rates(blockIo?.throttleWriteIOPSDevice),
  };
}

function devicesView(devices: OciDevice[], resources: OciResources | undefined, path: DevicePath) {
  return devices.flatMap(({ type, path: inside, major = 0, minor = 0 }) => {
    if (type !== "c" && type !== "b") return [];
    const rule = resources?.devices?.find(
      (each) => each.allow && each.type === type && each.major === major && each.minor === minor,
    );
    const access = rule?.access ?? "";
    return [{ PathOnHost: path(type, major, minor), PathInContainer: inside, CgroupPermissions: access }];
  });
}

/** RLIM_INFINITY is -1 to docker; a reader of JSON may have rounded it. */
function ulimitsView(config: OciConfig | undefined) {
  const shown = (value: number | bigint): number => (value >= 2 ** 63 ? -1 : Number(value));
  return (config?.process?.rlimits ?? []).map(({ type, soft, hard }) => ({
    Name: type.replace("RLIMIT_", "").toLowerCase(),
    Hard: shown(hard),
    Soft: shown(soft),
  }));
}

function shmSize(config: OciConfig | undefined): number {
  const options = config?.mounts?.find(({ destination }) => destination === "/dev/shm")?.options ?? [];
  const size = options.find((option) => /^size=\d+$/.test(option));
  return Number(size?.slice("size=".length) ?? 0);
}
