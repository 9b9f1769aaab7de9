import { readdirSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { cgroupDirectory } from "../cgroups-path.ts";
import { readControl } from "../control-file.ts";
import type { Hierarchy } from "../hierarchy.ts";
import { readNetwork } from "./network.ts";
import { integer, keyed, type ReadFile } from "./parse.ts";
import type { Stats } from "./stats.ts";
import { V1_SECTIONS } from "./stats-v1.ts";
import { V2_SECTIONS } from "./stats-v2.ts";

/**
 * Reads what a container has used.
 *
 * @param hierarchies those that the container is in; a controller is asked where it is
 * @param init the container's init, for its interfaces
 */
export function readStats(hierarchies: Hierarchy[], cgroupsPath: string, init: number): Stats {
  const stats: Stats = {
    cpu: { usage: { total: 0n, kernel: 0n, user: 0n }, throttling: {} },
    cpuset: {},
    memory: {},
    pids: {},
    blkio: {},
    hugetlb: {},
    intel_rdt: {},
    network_interfaces: readNetwork(init),
  };
  for (const hierarchy of hierarchies) {
    const directory = cgroupDirectory(hierarchy, cgroupsPath);
    const read: ReadFile = (file) => readControl(`${directory}/${file}`);
    const sections = hierarchy.version === 1 ? V1_SECTIONS : V2_SECTIONS;
    for (const controller of hierarchy.controllers) merge(stats, sections[controller]?.(read) ?? {});
    if (hierarchy.controllers.includes("hugetlb")) Object.assign(stats.hugetlb, hugetlb(directory, hierarchy.version));
  }
  return stats;
}

/** Two v1 controllers share a section: cpu has the throttling, cpuacct the usage. */
function merge(stats: Stats, part: Partial<Stats>): void {
  const { cpu, ...rest } = part;
  Object.assign(stats, rest);
  if (cpu === undefined) return;
  stats.cpu = {
    usage: cpu.usage.total > 0n ? cpu.usage : stats.cpu.usage,
    throttling: { ...stats.cpu.throttling, ...cpu.throttling },
  };
}

function hugetlb(directory: string, version: 1 | 2): Stats["hugetlb"] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? [];
  const sizes = names.flatMap((name) => /^hugetlb\.(\w+)\.(?:usage_in_bytes|current)$/.exec(name)?.[1] ?? []);
  const read = (file: string) => readControl(`${directory}/hugetlb.${file}`);
  return Object.fromEntries(
    sizes.map((size) => [
      size,
      version === 1
        ? {
            usage: integer(read(`${size}.usage_in_bytes`)) ?? 0n,
            max: integer(read(`${size}.max_usage_in_bytes`)) ?? 0n,
            failcnt: integer(read(`${size}.failcnt`)) ?? 0n,
          }
        : {
            usage: integer(read(`${size}.current`)) ?? 0n,
            max: 0n,
            failcnt: keyed(read(`${size}.events`)).max ?? 0n,
          },
    ]),
  );
}
