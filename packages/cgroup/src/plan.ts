import type { OciResources } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import { cgroupLevels } from "./cgroups-path.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { checkControllers } from "./required.ts";
import { v1Settings } from "./settings-v1.ts";
import { unifiedControllers, v2Settings } from "./settings-v2.ts";

/** Everything that making a container's cgroup takes, as data: `applyCgroup` carries it out. */
export interface CgroupPlan {
  /** The hierarchies in use. In any other, a container is where its maker is, and should not be shown it. */
  hierarchies: Hierarchy[];
  /** The container's own cgroup, in every hierarchy in use. */
  directories: string[];
  /** The cgroups above it that may have to be made first, top first. */
  parents: string[];
  /** v2: controllers that a parent hands down (cgroup-v2.rst, "Enabling and Disabling"), top first. */
  enable: { file: string; controllers: string[] }[];
  /** v1 cpuset files that begin empty, and with which no process can join: each empty one gets its parent's, top first. */
  inherit: string[];
  /** Limits, in the order in which they are written. */
  writes: FileWrite[];
  /** Files to which a process writes `0` to join. */
  joinFiles: string[];
}

export interface FileWrite {
  path: string;
  value: string;
  /**
   * The next write may have to come first: memory must never exceed memory plus swap, so which one goes first depends
   * on what an existing cgroup has.
   */
  orAfterNext?: boolean;
}

/** What mydocker limits or measures with. A v1 hierarchy that has none of them is not joined: each join costs time. */
const V1_USED = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"];
const V2_USED = ["cpuset", "cpu", "io", "memory", "pids"];

/**
 * Decides which cgroups a container gets and what is written to them. On a hybrid host each limit goes where its
 * controller is. Changes nothing.
 *
 * @param cgroupsPath relative to each hierarchy's mount point
 * @throws MydockerError for a path that leaves the hierarchy, and for a limit that no controller of this host can set
 */
export function planCgroup(
  hierarchies: Hierarchy[],
  cgroupsPath: string,
  resources: OciResources | undefined,
): CgroupPlan {
  const levels = cgroupLevels(cgroupsPath);
  const used = usedHierarchies(hierarchies, resources);
  const leaf = levels.at(-1) ?? "";
  return {
    hierarchies: used,
    directories: used.map(({ path }) => `${path}${leaf}`),
    parents: used.flatMap(({ path }) => levels.slice(0, -1).map((level) => `${path}${level}`)),
    enable: used
      .filter(({ version }) => version === 2)
      .flatMap((hierarchy) => planEnabling(hierarchy, levels, resources)),
    inherit: used.filter(isV1Cpuset).flatMap(({ path }) => planInheriting(path, levels)),
    writes: planWrites(used, leaf, resources ?? {}),
    joinFiles: used.map(({ version, path }) => `${path}${leaf}/${version === 1 ? "tasks" : "cgroup.procs"}`),
  };
}

/** A cgroup2 beside v1 controllers is used only for what it has and we need. */
function usedHierarchies(hierarchies: Hierarchy[], resources: OciResources | undefined): Hierarchy[] {
  const v1 = hierarchies.filter(({ version, controllers }) => version === 1 && intersects(controllers, V1_USED));
  const wantsUnified = unifiedControllers(resources).length > 0;
  const v2 = hierarchies.filter(
    ({ version, controllers }) =>
      version === 2 && (v1.length === 0 || wantsUnified || intersects(controllers, V2_USED)),
  );
  if (v1.length + v2.length > 0) return [...v1, ...v2];
  throw new MydockerError("this host has no cgroup file system mounted", {
    code: "NO_CGROUP",
    hint: "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
  });
}

function intersects(some: string[], others: string[]): boolean {
  return some.some((one) => others.includes(one));
}

/** A controller is enabled in every cgroup above the container's, so that the container's has its files. */
function planEnabling(
  hierarchy: Hierarchy,
  levels: string[],
  resources: OciResources | undefined,
): { file: string; controllers: string[] }[] {
  const asked = unifiedControllers(resources);
  const controllers = hierarchy.controllers.filter((name) => V2_USED.includes(name) || asked.includes(name));
  if (controllers.length === 0) return [];
  return ["", ...levels.slice(0, -1)].map((level) => ({
    file: `${hierarchy.path}${level}/cgroup.subtree_control`,
    controllers,
  }));
}

function isV1Cpuset({ version, controllers }: Hierarchy): boolean {
  return version === 1 && controllers.includes("cpuset");
}

function planInheriting(mountPoint: string, levels: string[]): string[] {
  return levels.flatMap((level) => ["cpuset.cpus", "cpuset.mems"].map((file) => `${mountPoint}${level}/${file}`));
}

function planWrites(used: Hierarchy[], leaf: string, resources: OciResources): FileWrite[] {
  checkControllers(used, resources);
  return used.flatMap((hierarchy) => {
    const settings = hierarchy.version === 1 ? v1Settings(resources) : v2Settings(resources);
    return settings
      .filter(({ controller }) => controller === undefined || hierarchy.controllers.includes(controller))
      .map(({ file, value, orAfterNext }) => ({
        path: `${hierarchy.path}${leaf}/${file}`,
        value,
        ...(orAfterNext === true ? { orAfterNext } : {}),
      }));
  });
}
