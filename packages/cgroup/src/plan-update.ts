import type { OciResources } from "@mydocker/oci";
import { cgroupLeaf } from "./cgroups-path.ts";
import { checkResources, warningsFor } from "./check-resources.ts";
import { deviceProgram } from "./device-program.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { mergeResources } from "./merge-resources.ts";
import { type DeviceProgram, type FileWrite, planWrites } from "./plan.ts";
import { checkControllers } from "./required.ts";

/** A change of limits, as data: `updateCgroup` carries it out. */
export interface UpdatePlan {
  /** The container's limits as a whole, once it is done. */
  resources: OciResources;
  writes: FileWrite[];
  /** v2: the program that takes the place of the one there. */
  deviceProgram?: DeviceProgram;
  warnings: string[];
}

/**
 * Decides what a change of limits writes: the members given, and those that the kernel judges together with them. Limits
 * that are not spoken of stay as they are, whoever has set them.
 *
 * @param hierarchies those that the container is in
 * @param current the container's limits so far
 * @param change members to be set; 0, empty and null leave a member alone, as engines write it
 * @throws MydockerError for limits that contradict each other, and for a limit that cannot be set in these hierarchies
 */
export function planUpdate(
  hierarchies: Hierarchy[],
  cgroupsPath: string,
  current: OciResources,
  change: OciResources,
): UpdatePlan {
  const leaf = cgroupLeaf(cgroupsPath);
  const given = withoutUnset(change);
  const resources = mergeResources(current, given);
  const written = withCompanions(given, resources);
  checkResources(resources);
  checkControllers(hierarchies, written);
  const v1Memory = hierarchies.find(({ version, controllers }) => version === 1 && controllers.includes("memory"));
  const hasV1Devices = hierarchies.some(({ version, controllers }) => version === 1 && controllers.includes("devices"));
  const v2 = hierarchies.find(({ version }) => version === 2);
  const program = hasV1Devices || v2 === undefined ? undefined : deviceProgram(given.devices ?? []);
  return {
    resources,
    writes: [
      ...planWrites(hierarchies, leaf, written),
      // A new cgroup has it switched on; only here can it have been off.
      ...(given.memory?.disableOOMKiller === false && v1Memory !== undefined
        ? [{ path: `${v1Memory.path}${leaf}/memory.oom_control`, value: "0" }]
        : []),
    ],
    ...(program === undefined || v2 === undefined
      ? {}
      : { deviceProgram: { directory: `${v2.path}${leaf}`, program } }),
    warnings: warningsFor(given, v1Memory !== undefined),
  };
}

/**
 * What the kernel, or the conversion to v2, judges together: memory with memory plus swap, quota with period.
 */
function withCompanions(given: OciResources, whole: OciResources): OciResources {
  const { memory, cpu } = given;
  const { limit, swap } = whole.memory ?? {};
  const { quota, period } = whole.cpu ?? {};
  return {
    ...given,
    ...(memory?.limit || memory?.swap
      ? { memory: { ...memory, ...(limit ? { limit } : {}), ...(swap ? { swap } : {}) } }
      : {}),
    ...(cpu?.quota || cpu?.period
      ? { cpu: { ...cpu, ...(quota ? { quota } : {}), ...(period ? { period } : {}) } }
      : {}),
  };
}

/** Members where 0 is a value; everywhere else it is how engines write "not set". */
const ZERO_COUNTS = new Set(["idle", "burst", "swappiness"]);

function withoutUnset(change: OciResources): OciResources {
  const sections = Object.entries(change).filter(([, section]) => section !== null && section !== undefined);
  const kept = sections.map(([name, section]): [string, unknown] => [name, name === "pids" ? section : prune(section)]);
  return Object.fromEntries(kept.filter(([, section]) => !isEmpty(section)));
}

function prune(section: unknown): unknown {
  if (typeof section !== "object" || section === null || Array.isArray(section)) return section;
  const members = Object.entries(section).filter(
    ([name, value]) => value !== null && value !== "" && (value !== 0 || ZERO_COUNTS.has(name)),
  );
  return Object.fromEntries(members.filter(([, value]) => !(Array.isArray(value) && value.length === 0)));
}

function isEmpty(section: unknown): boolean {
  return typeof section === "object" && section !== null && Object.keys(section).length === 0;
}
