import type { OciResources } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import type { Hierarchy } from "./hierarchy.ts";
import { unifiedControllers } from "./settings-v2.ts";

/** What to tell a person whose kernel or boot configuration lacks a controller. */
const HINT: Record<string, string> = {
  memory: "boot with cgroup_enable=memory (Debian and Raspberry Pi kernels may leave it out)",
};

/**
 * A limit that cannot be set must not be dropped silently: the container would run without it.
 *
 * @throws MydockerError `NO_CONTROLLER`
 */
export function checkControllers(hierarchies: Hierarchy[], resources: OciResources): void {
  for (const { controller, limit, version } of requiredControllers(resources)) {
    const able = hierarchies.filter((hierarchy) => version === undefined || hierarchy.version === version);
    if (able.some(({ controllers }) => controllers.includes(controller))) continue;
    const where = version === undefined ? "this host" : `this host's cgroup v${version}`;
    const hint = HINT[controller];
    throw new MydockerError(`${limit}: ${where} has no cgroup controller "${controller}"`, {
      code: "NO_CONTROLLER",
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

interface Requirement {
  controller: string;
  /** Member of the config that asks for it. */
  limit: string;
  version?: 1 | 2;
}

function requiredControllers({ memory, cpu, pids, unified }: OciResources): Requirement[] {
  const { limit, swap, reservation, swappiness } = memory ?? {};
  const { shares, quota, period, cpus, mems } = cpu ?? {};
  return [
    ...(limit || swap || reservation ? [{ controller: "memory", limit: "linux.resources.memory" }] : []),
    // v2 has no file for it (cgroup-v2.rst, "Deprecated v1 Core Features").
    ...(typeof swappiness === "number"
      ? [{ controller: "memory", limit: "linux.resources.memory.swappiness", version: 1 as const }]
      : []),
    ...(shares || quota || period ? [{ controller: "cpu", limit: "linux.resources.cpu" }] : []),
    ...(cpus || mems ? [{ controller: "cpuset", limit: "linux.resources.cpu.cpus" }] : []),
    ...(typeof pids?.limit === "number" && pids.limit >= 0
      ? [{ controller: "pids", limit: "linux.resources.pids" }]
      : []),
    ...unifiedControllers({ unified: unified ?? {} }).map((controller) => ({
      controller,
      limit: "linux.resources.unified",
      version: 2 as const,
    })),
  ];
}
