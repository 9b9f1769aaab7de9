import { cgroupDirectory } from "../cgroups-path.ts";
import { readControl } from "../control-file.ts";
import { type Hierarchy, hierarchyOf } from "../hierarchy.ts";
import { keyed } from "./parse.ts";

/**
 * - `oom`: the kernel has killed for lack of memory
 * - `memory`: the memory limit was met, and something had to be given back (cgroup v1 of some kernels does not count it)
 * - `pids`: a fork was refused
 * - `cpu`: the quota was used up, and all waited for the next period
 */
export type LimitEvent = "oom" | "memory" | "pids" | "cpu";

interface Counter {
  event: LimitEvent;
  controller: string;
  /** File and key; v1's failcnt has none. */
  v1: [file: string, key?: string];
  v2?: [file: string, key: string];
}

const COUNTERS: Counter[] = [
  { event: "oom", controller: "memory", v1: ["memory.oom_control", "oom_kill"], v2: ["memory.events", "oom_kill"] },
  { event: "memory", controller: "memory", v1: ["memory.failcnt"], v2: ["memory.events", "max"] },
  // Where memory and swap together have the smaller limit, it is that one which is met.
  { event: "memory", controller: "memory", v1: ["memory.memsw.failcnt"] },
  { event: "pids", controller: "pids", v1: ["pids.events", "max"], v2: ["pids.events", "max"] },
  { event: "cpu", controller: "cpu", v1: ["cpu.stat", "nr_throttled"], v2: ["cpu.stat", "nr_throttled"] },
];

/** How often the kernel has killed in a cgroup for lack of memory; undefined where nobody counts, or the cgroup is gone. */
export function countOomKills(hierarchies: Hierarchy[], cgroupsPath: string): number | undefined {
  return count(hierarchies, cgroupsPath, ["oom"]).get("oom");
}

/** How often each has happened in a cgroup so far; without an entry, nobody counts, or the cgroup is gone. */
export function countLimitEvents(hierarchies: Hierarchy[], cgroupsPath: string): Map<LimitEvent, number> {
  return count(hierarchies, cgroupsPath, ["oom", "memory", "pids", "cpu"]);
}

function count(hierarchies: Hierarchy[], cgroupsPath: string, wanted: LimitEvent[]): Map<LimitEvent, number> {
  const counts = new Map<LimitEvent, number>();
  for (const { event, controller, v1, v2 } of COUNTERS.filter((counter) => wanted.includes(counter.event))) {
    const hierarchy = hierarchyOf(hierarchies, controller);
    if (hierarchy === undefined) continue;
    const [file, key] = (hierarchy.version === 1 ? v1 : v2) ?? [];
    if (file === undefined) continue;
    const text = readControl(`${cgroupDirectory(hierarchy, cgroupsPath)}/${file}`);
    const number = key === undefined ? text : keyed(text)[key];
    if (number !== undefined) counts.set(event, (counts.get(event) ?? 0) + Number(number));
  }
  return counts;
}
