import { existsSync } from "node:fs";
import { type CgroupPlan, findHierarchies, type Hierarchy, planCgroup } from "@mydocker/cgroup";
import type { LimitFlags } from "@mydocker/cgroup/limit-flags";
import { systemdCgroupsPath } from "@mydocker/cgroup/systemd-path";
import { ANNOTATION, type OciConfig, type OciResources, withAnnotations } from "@mydocker/oci";
import { MydockerError, runFilter, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { withLimits } from "./limits/with-limits.ts";

/**
 * `apply --cgroup-manager systemd`: notes limits and a scope in the config, and makes nothing. A scope has to have a process from its first
 * moment on, so it is the sink that has systemd make it: `mydocker-init` by the annotation, runc and crun by `--systemd-cgroup`.
 */
export function leaveToSystemd(source: string | undefined, flags: LimitFlags): Promise<number> {
  return runFilter(source, async (config, id) => {
    const { cgroupsPath, resources } = planScope(config, id, flags);
    const limited = { ...config, linux: { ...config.linux, cgroupsPath, resources } };
    return withAnnotations(limited, { [ANNOTATION.cgroupManager]: "systemd" });
  });
}

/** What could not be written when the scope is there is refused now. */
export function planScope(config: OciConfig, id: string, flags: LimitFlags): PlannedScope {
  const hierarchies = findHierarchies();
  requireSystemd(hierarchies);
  const { prefix } = hostPaths();
  const cgroupsPath = `system.slice:${prefix}:${id}`;
  const resources = withLimits(config, flags, hierarchies);
  return {
    cgroupsPath,
    resources,
    plan: planCgroup(hierarchies, systemdCgroupsPath(cgroupsPath, prefix, id), resources),
  };
}

interface PlannedScope {
  /** SLICE:PREFIX:NAME. */
  cgroupsPath: string;
  resources: OciResources;
  plan: CgroupPlan;
}

/** On cgroup v1 systemd counts processes in a hierarchy of its own, and knows nothing of the limits in others. */
function requireSystemd(hierarchies: Hierarchy[]): void {
  const missing = hierarchies.some(({ version }) => version === 1)
    ? "this host has cgroup v1"
    : existsSync("/run/systemd/system")
      ? undefined
      : "systemd does not run this host";
  if (missing === undefined) return;
  throw new MydockerError(`--cgroup-manager systemd: ${missing}`, { code: "NO_SYSTEMD", hint: "without it" });
}

export function isBySystemd(manager = "cgroupfs"): boolean {
  if (manager === "cgroupfs" || manager === "systemd") return manager === "systemd";
  throw usageError(`--cgroup-manager: expected cgroupfs or systemd, got "${manager}"`);
}
