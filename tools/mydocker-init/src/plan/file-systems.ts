import type { OciConfig, OverlayRootfs } from "@mydocker/oci";
import type { CgroupView } from "./cgroup-mounts.ts";
import { planDevices } from "./devices.ts";
import { isBind, mountTarget } from "./mount-target.ts";
import { planMounts } from "./mounts.ts";
import { originOf } from "./namespaces.ts";
import type { Planned } from "./prepared-mounts.ts";
import { inheritedPropagation, planRoot, planSharedRoot, rootPath } from "./root.ts";

export interface FileSystemContext {
  bundle: string;
  overlay?: OverlayRootfs;
  cgroups: CgroupView;
}

/** Root, mounts, devices. */
export function planFileSystems(config: OciConfig, context: FileSystemContext): Planned {
  const { bundle, overlay, cgroups } = context;
  const path = rootPath(config, bundle);
  const mounts = config.mounts ?? [];
  const devices = planDevices(config.linux?.devices ?? [], {
    isDevBound: mounts.some((mount) => isBind(mount) && mountTarget(mount) === "/dev"),
    hasProc: mounts.some((mount) => mountTarget(mount) === "/proc"),
  });
  if (originOf(config, "mount") !== "new")
    return { host: [], inside: [...planSharedRoot(path, overlay, config), ...devices] };
  const count = { next: 0 };
  const root = planRoot(path, overlay, config, count);
  const mounted = planMounts(config, { bundle, cgroups, propagation: inheritedPropagation(config), count });
  return { host: [...root.host, ...mounted.host], inside: [...root.inside, ...mounted.inside, ...devices] };
}
