import type { OciResources } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import { cgroupLevels } from "./cgroups-path.ts";
import { checkResources, warningsFor } from "./check-resources.ts";
import { deviceProgram } from "./device-program.ts";
import { freezerFile } from "./freezer.ts";
import { type Hierarchy, hierarchyOf } from "./hierarchy.ts";
import { checkControllers, meets, type Requirement, requirements } from "./required.ts";
import type { Setting } from "./settings.ts";
import { v1Settings } from "./settings-v1.ts";
import { v2Settings } from "./settings-v2.ts";

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
  /** The file by which all of it is frozen; undefined where the host cannot. */
  freezer?: string;
  /** The files in which the kernel counts what it kills for lack of memory, and which has the limit; undefined where it does not. */
  memoryEvents?: [events: string, limit: string];
  /** v2: the eBPF program that judges access to devices, and the cgroup that it is for. */
  deviceProgram?: DeviceProgram;
  /** What the config asks for and this host does without. */
  warnings: string[];
}

export interface DeviceProgram {
  directory: string;
  program: Uint8Array;
}

export interface FileWrite {
  path: string;
  value: string;
  /**
   * The next write may have to come first: memory must never exceed memory plus swap, nor a burst its quota, so which one
   * goes first depends on what an existing cgroup has. Where the kernel refuses it (EINVAL), it is written again behind
   * the next that is not so marked.
   */
  orAfterNext?: boolean;
  /** Where this kernel does not have the file: what is written in its place. */
  otherwise?: { path: string; value: string };
  /** Without the file nothing is lost. */
  optional?: boolean;
  /** A file that says what is in use: a value below that is refused. */
  notBelow?: string;
}

/** What mydocker limits or measures with. A v1 hierarchy that has none of them is not joined: each join costs time. */
const V1_USED = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids"];
const V2_USED = ["cpuset", "cpu", "io", "memory", "pids"];

/**
 * Decides which cgroups a container gets and what is written to them. On a hybrid host each limit goes where its
 * controller is. Changes nothing.
 *
 * @param cgroupsPath relative to each hierarchy's mount point
 * @throws MydockerError for a path that leaves the hierarchy, for limits that contradict each other, and for a limit that
 * no controller of this host can set
 */
export function planCgroup(hierarchies: Hierarchy[], cgroupsPath: string, resources: OciResources = {}): CgroupPlan {
  const levels = cgroupLevels(cgroupsPath);
  checkResources(resources);
  const asked = requirements(resources);
  const used = usedHierarchies(hierarchies, asked);
  checkControllers(used, resources);
  const leaf = levels.at(-1) ?? "";
  const freezer = freezerFile(used, leaf);
  const deviceProgram = planDeviceProgram(used, leaf, resources);
  return {
    hierarchies: used,
    directories: used.map(({ path }) => `${path}${leaf}`),
    parents: used.flatMap(({ path }) => levels.slice(0, -1).map((level) => `${path}${level}`)),
    enable: used.filter(({ version }) => version === 2).flatMap((hierarchy) => planEnabling(hierarchy, levels, asked)),
    inherit: used.filter(isV1Cpuset).flatMap(({ path }) => planInheriting(path, levels)),
    writes: planWrites(used, leaf, resources),
    joinFiles: used.map(({ version, path }) => `${path}${leaf}/${version === 1 ? "tasks" : "cgroup.procs"}`),
    ...(freezer === undefined ? {} : { freezer }),
    ...planMemoryEvents(used, leaf),
    ...(deviceProgram === undefined ? {} : { deviceProgram }),
    warnings: warningsFor(
      resources,
      used.some(({ version, controllers }) => version === 1 && controllers.includes("memory")),
    ),
  };
}

/** A cgroup2 beside v1 controllers is used only for what it has and we need. */
function usedHierarchies(hierarchies: Hierarchy[], asked: Requirement[]): Hierarchy[] {
  const v1 = hierarchies.filter(
    (hierarchy) =>
      hierarchy.version === 1 &&
      (intersects(hierarchy.controllers, V1_USED) || asked.some((requirement) => meets(hierarchy, requirement))),
  );
  const left = asked.filter((requirement) => !v1.some((hierarchy) => meets(hierarchy, requirement)));
  const v2 = hierarchies.filter(
    ({ version, controllers }) =>
      version === 2 &&
      (v1.length === 0 || left.some((requirement) => requirement.v2 !== undefined) || intersects(controllers, V2_USED)),
  );
  if (v1.length + v2.length > 0) return [...v1, ...v2];
  const isRoot = (process.getuid?.() ?? 0) === 0;
  throw new MydockerError(
    isRoot ? "this host has no cgroup file system mounted" : "no cgroup has been delegated to this user",
    {
      code: "NO_CGROUP",
      hint: isRoot ? "mount -t cgroup2 cgroup2 /sys/fs/cgroup" : "root, or systemd-run --user --scope -p Delegate=yes",
    },
  );
}

function intersects(some: string[], others: string[]): boolean {
  return some.some((one) => others.includes(one));
}

function planMemoryEvents(used: Hierarchy[], leaf: string): Pick<CgroupPlan, "memoryEvents"> {
  const memory = hierarchyOf(used, "memory");
  if (memory === undefined) return {};
  const files =
    memory.version === 1 ? ["memory.oom_control", "memory.limit_in_bytes"] : ["memory.events", "memory.max"];
  const [events = "", limit = ""] = files.map((file) => `${memory.path}${leaf}/${file}`);
  return { memoryEvents: [events, limit] };
}

function planDeviceProgram(used: Hierarchy[], leaf: string, { devices }: OciResources): DeviceProgram | undefined {
  if (used.some(({ version, controllers }) => version === 1 && controllers.includes("devices"))) return undefined;
  const v2 = used.find(({ version }) => version === 2);
  const program = deviceProgram(devices ?? []);
  return v2 === undefined || program === undefined ? undefined : { directory: `${v2.path}${leaf}`, program };
}

/** A controller is enabled in every cgroup above the container's, so that the container's has its files. */
function planEnabling(
  hierarchy: Hierarchy,
  levels: string[],
  asked: Requirement[],
): { file: string; controllers: string[] }[] {
  const controllers = hierarchy.controllers.filter(
    (name) => V2_USED.includes(name) || asked.some(({ v2 }) => v2 === name),
  );
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

/** The limits as files, for a cgroup whose place in each hierarchy is `leaf`. */
export function planWrites(used: Hierarchy[], leaf: string, resources: OciResources): FileWrite[] {
  return used.flatMap(({ version, path, controllers }) => {
    const settings = version === 1 ? v1Settings(resources, controllers) : v2Settings(resources, controllers);
    return settings.map((setting) => writeOf(setting, `${path}${leaf}`));
  });
}

function writeOf(setting: Setting, directory: string): FileWrite {
  const { file, value, orAfterNext, otherwise, optional, notBelow } = setting;
  return {
    path: `${directory}/${file}`,
    value,
    ...(orAfterNext === true ? { orAfterNext } : {}),
    ...(otherwise === undefined
      ? {}
      : { otherwise: { path: `${directory}/${otherwise.file}`, value: otherwise.value } }),
    ...(optional === true ? { optional } : {}),
    ...(notBelow === undefined ? {} : { notBelow: `${directory}/${notBelow}` }),
  };
}
