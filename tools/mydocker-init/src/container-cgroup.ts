import { readFileSync } from "node:fs";
import { basename } from "node:path";
import {
  applyCgroup,
  type CgroupPlan,
  cgroupDirectory,
  type DeviceProgram,
  defaultCgroupsPath,
  findHierarchies,
  planCgroup,
} from "@mydocker/cgroup";
import { systemdCgroupsPath } from "@mydocker/cgroup/systemd-path";
import { type Scope, scopeOf, startScope, stopScope } from "@mydocker/cgroup/systemd-scope";
import { ANNOTATION, getAnnotation, type OciConfig } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import type { HostPaths, ProcessIdentity } from "@mydocker/state";
import type { CgroupView } from "./plan/cgroup-mounts.ts";
import { type CgroupManager, runtimeOptions } from "./runtime-options.ts";

/** Where a container is in the cgroup hierarchies. */
export interface ContainerCgroup {
  /** Relative to each hierarchy's mount point. */
  path: string;
  joinFiles: string[];
  view: CgroupView;
  /** Where it is in each hierarchy, for whoever takes it away. */
  directories: string[];
  freezer?: string;
  /** The files in which the kernel counts what it kills for lack of memory, and which has the limit. */
  memoryEvents?: [events: string, limit: string];
  /** v2: what the shim attaches to it. */
  deviceProgram?: DeviceProgram;
  /** The unit that systemd knows it by, and the process that keeps it until the container's has joined. */
  scope?: { unit: string; holder: ProcessIdentity };
}

/**
 * Makes the container's cgroups and writes its limits. `mydocker-cgroup apply` may have done so already; writing the
 * same limits again is cheaper than finding out, and a config edited since then gets what it now says.
 *
 * @throws MydockerError; then what this call made is gone again, and a cgroup in which there are others' processes is as it was
 */
export async function makeCgroup(paths: HostPaths, config: OciConfig, id: string): Promise<ContainerCgroup> {
  const path = cgroupsPathOf(paths, config, id);
  const { plan, ...cgroup } = lookUpCgroup(path, config);
  if (plan === undefined) return cgroup;
  const scope = wantedScope(cgroup, config);
  if (scope !== undefined) return makeScope(scope, plan, cgroup, config);
  applyCgroup(plan, { unoccupied: true });
  return cgroup;
}

/** What the flags say, or else the config (`mydocker-cgroup apply --cgroup-manager systemd`). */
function managerOf(config: OciConfig): CgroupManager {
  const { cgroupManager } = runtimeOptions();
  if (cgroupManager !== "cgroupfs") return cgroupManager;
  return getAnnotation(config, ANNOTATION.cgroupManager) === "systemd" ? "systemd" : "cgroupfs";
}

/** With `--systemd-cgroup`, where systemd is there to be asked and there is nothing but v2. */
export function wantedScope(
  { path, directories }: Pick<ContainerCgroup, "path" | "directories">,
  config: OciConfig,
): Scope | undefined {
  if (managerOf(config) !== "systemd") return undefined;
  return scopeOf(path, findHierarchies().every(({ version }) => version === 2) ? directories[0] : undefined);
}

/** systemd refuses a scope that exists, so that nobody else can be in it. */
async function makeScope(
  scope: Scope,
  plan: CgroupPlan,
  cgroup: ContainerCgroup,
  config: OciConfig,
): Promise<ContainerCgroup> {
  const holder = await startScope(scope, config.linux?.resources ?? {});
  try {
    applyCgroup(plan);
    return { ...cgroup, scope: { unit: scope.unit, holder } };
  } catch (error) {
    stopScope(scope.unit, cgroup.directories[0] ?? "");
    throw error;
  }
}

/** With `--cgroup-manager disabled`: what it sees is where its caller is. */
function withoutCgroup(config: OciConfig): ContainerCgroup {
  const limits = Object.entries(config.linux?.resources ?? {}).filter(
    ([name, value]) => name !== "devices" && !isEmpty(value),
  );
  if (limits.length > 0) {
    throw usageError(
      `linux.resources.${limits[0]?.[0]}: there is no cgroup that could have it`,
      "without --cgroup-manager disabled",
    );
  }
  const unified = findHierarchies().find(({ version }) => version === 2)?.path ?? "";
  const own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "";
  return {
    path: "",
    joinFiles: [],
    directories: [],
    view: { version: 2, hierarchies: [], source: `${unified}${own}` },
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}

/** As `makeCgroup`, but only looks where it would be (for `plan`). */
export function lookUpCgroup(path: string, config: OciConfig): ContainerCgroup & { plan?: CgroupPlan } {
  if (path === "") return withoutCgroup(config);
  const plan = planCgroup(findHierarchies(), path, config.linux?.resources ?? {});
  // Only what is joined is shown: of any other hierarchy the container would see all, the host's too.
  const version = plan.hierarchies.some((hierarchy) => hierarchy.version === 1) ? 1 : 2;
  const view: CgroupView = {
    version,
    hierarchies: plan.hierarchies
      .filter((hierarchy) => hierarchy.version === 1)
      .map((hierarchy) => ({
        directory: basename(hierarchy.path),
        options: hierarchy.controllers,
        source: cgroupDirectory(hierarchy, path),
      })),
    source:
      plan.hierarchies.flatMap((hierarchy) => (hierarchy.version === 2 ? cgroupDirectory(hierarchy, path) : []))[0] ??
      "",
  };
  const { joinFiles, directories, freezer, memoryEvents, deviceProgram } = plan;
  return {
    path,
    joinFiles,
    view,
    directories,
    ...(freezer === undefined ? {} : { freezer }),
    ...(memoryEvents === undefined ? {} : { memoryEvents }),
    ...(deviceProgram === undefined ? {} : { deviceProgram }),
    plan,
  };
}

/** "" where the container has no cgroup of its own. */
export function cgroupsPathOf(paths: HostPaths, config: OciConfig, id: string): string {
  const wanted = config.linux?.cgroupsPath;
  const cgroupManager = managerOf(config);
  if (cgroupManager === "disabled") return "";
  if (cgroupManager === "systemd") return systemdCgroupsPath(wanted ?? "", paths.prefix, id);
  if (wanted === undefined || wanted === null || wanted === "") return defaultCgroupsPath(paths.prefix, id);
  return wanted.startsWith("/") ? wanted : `/${paths.prefix}/${wanted}`;
}
