import type { OciResources } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import type { Hierarchy } from "./hierarchy.ts";
import { unifiedControllers } from "./settings-v2.ts";

/** What to tell a person whose kernel or boot configuration lacks a controller. */
const HINT: Record<string, string> = {
  memory: "boot with cgroup_enable=memory (Debian and Raspberry Pi kernels may leave it out)",
  net_cls: "mount -t cgroup -o net_cls net_cls DIR, where no cgroup v2 uses it",
  net_prio: "mount -t cgroup -o net_prio net_prio DIR, where no cgroup v2 uses it",
};

/** A limit, and the controller that it takes on either version; undefined: that version cannot do it. */
export interface Requirement {
  /** Member of the config that asks for it. */
  limit: string;
  v1: string | undefined;
  v2: string | undefined;
}

/**
 * A limit that cannot be set must not be dropped silently: the container would run without it.
 *
 * @throws MydockerError `NO_CONTROLLER`
 */
export function checkControllers(hierarchies: Hierarchy[], resources: OciResources): void {
  for (const requirement of requirements(resources)) {
    if (hierarchies.some((hierarchy) => meets(hierarchy, requirement))) continue;
    const { limit, v1, v2 } = requirement;
    const controller = v1 ?? v2 ?? "";
    const where = v2 === undefined ? "cgroup v1" : v1 === undefined ? "cgroup v2" : "host";
    const hint = HINT[controller];
    throw new MydockerError(
      `linux.resources.${limit}: this ${where === "host" ? where : `host's ${where}`} has no cgroup controller "${controller}"`,
      { code: "NO_CONTROLLER", ...(hint === undefined ? {} : { hint }) },
    );
  }
}

/** Whether the limit can be set in this hierarchy. */
export function meets({ version, controllers }: Hierarchy, { v1, v2 }: Requirement): boolean {
  const controller = version === 1 ? v1 : v2;
  return controller !== undefined && (controller === EVERY_CGROUP || controllers.includes(controller));
}

/** What every v2 cgroup has without a controller: its own files, and a place for a device program. */
const EVERY_CGROUP = "cgroup";

/** What a config's limits take. 0 and empty texts are "not set", where engines write them so. */
export function requirements(resources: OciResources): Requirement[] {
  const { memory, cpu, blockIO, network } = resources;
  const both = (limit: string, v1: string, v2 = v1): Requirement => ({ limit, v1, v2 });
  const onlyV1 = (limit: string, v1: string): Requirement => ({ limit, v1, v2: undefined });
  const when = (asked: unknown, requirement: Requirement): Requirement[] => (asked ? [requirement] : []);
  const devices = blockIO?.weightDevice ?? [];
  const unifiedNames =
    Object.keys(resources.unified ?? {}).length > 0 ? [...unifiedControllers(resources), EVERY_CGROUP] : [];
  return [
    ...when(memory?.limit || memory?.swap || memory?.reservation, both("memory", "memory")),
    // v2 has no file for these (cgroup-v2.rst, "Deprecated v1 Core Features").
    ...when(typeof memory?.swappiness === "number", onlyV1("memory.swappiness", "memory")),
    ...when(memory?.disableOOMKiller, onlyV1("memory.disableOOMKiller", "memory")),
    ...when(cpu?.shares || cpu?.quota || cpu?.period || cpu?.burst || cpu?.idle, both("cpu", "cpu")),
    ...when(cpu?.realtimeRuntime || cpu?.realtimePeriod, onlyV1("cpu.realtimeRuntime", "cpu")),
    ...when(cpu?.cpus || cpu?.mems, both("cpu.cpus", "cpuset")),
    ...when(
      blockIO?.weight || devices.some(({ weight }) => weight) || hasThrottle(resources),
      both("blockIO", "blkio", "io"),
    ),
    ...when(blockIO?.leafWeight || devices.some(({ leafWeight }) => leafWeight), onlyV1("blockIO.leafWeight", "blkio")),
    ...when(resources.hugepageLimits?.length, both("hugepageLimits", "hugetlb")),
    ...when(network?.classID, onlyV1("network.classID", "net_cls")),
    ...when(network?.priorities?.length, onlyV1("network.priorities", "net_prio")),
    ...when((resources.pids?.limit ?? -1) >= 0, both("pids", "pids")),
    ...when(Object.keys(resources.rdma ?? {}).length, both("rdma", "rdma")),
    ...when(resources.devices?.length, both("devices", "devices", EVERY_CGROUP)),
    ...unifiedNames.map((v2) => ({ limit: "unified", v1: undefined, v2 })),
  ];
}

function hasThrottle({ blockIO }: OciResources): boolean {
  const lists = [
    blockIO?.throttleReadBpsDevice,
    blockIO?.throttleWriteBpsDevice,
    blockIO?.throttleReadIOPSDevice,
    blockIO?.throttleWriteIOPSDevice,
  ];
  return lists.some((list) => (list?.length ?? 0) > 0);
}
