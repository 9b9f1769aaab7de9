import { isAbsolute, join } from "node:path";
import type { OciConfig, OverlayRootfs } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { PROPAGATION } from "./kernel-flags.ts";
import { propagationOf } from "./mount-options.ts";
import { originOf } from "./namespaces.ts";
import { type Operation, operation } from "./operations.ts";
import { type Planned, type PreparedCount, preparedPropagation, takeNumber } from "./prepared-mounts.ts";

export function rootPath(config: OciConfig, bundle: string): string {
  if (config.root === undefined) throw usageError("the config has no root");
  return isAbsolute(config.root.path) ? config.root.path : join(bundle, config.root.path);
}

/**
 * The root and how it is mounted. Everything else the process sees of the host's mounts is a private copy: what is mounted for the
 * container never shows on the host.
 */
export function planRoot(
  path: string,
  overlay: OverlayRootfs | undefined,
  config: OciConfig,
  count: PreparedCount,
): Planned {
  const propagation = rootPropagation(config);
  const isSlave = (propagation & PROPAGATION.slave) !== 0 && overlay === undefined;
  const volatile = overlay?.volatile === true ? [operation("root-volatile")] : [];
  const alone = operation("propagation", PROPAGATION.private | PROPAGATION.recursive);
  if (originOf(config, "user") === "inherited" && !isSlave) {
    const root =
      overlay === undefined ? operation("root-bind", path) : operation("root-overlay", ...overlayPaths(path, overlay));
    return { host: [], inside: [alone, ...volatile, root] };
  }
  const wanted = isSlave ? [propagation] : [];
  const prepared =
    overlay === undefined
      ? operation("prepare-bind", path, 1, 0, 0, ...preparedPropagation(wanted, true))
      : operation("prepare-overlay", ...overlayPaths(path, overlay));
  return { host: [prepared], inside: [alone, ...volatile, operation("attach-root", takeNumber(count))] };
}

function overlayPaths(path: string, overlay: OverlayRootfs): string[] {
  return [path, overlay.upper, overlay.work, ...overlay.lower];
}

/** MS_* of `linux.rootfsPropagation`; 0: private, as it is anyway. */
export function rootPropagation(config: OciConfig): number {
  const wanted = config.linux?.rootfsPropagation;
  if (wanted === undefined || wanted === null || wanted === "") return 0;
  const flags = propagationOf(wanted);
  if (flags === undefined) {
    throw usageError(`rootfsPropagation "${wanted}": expected private, slave, shared or unbindable`);
  }
  return (flags & PROPAGATION.private) === 0 ? flags : 0;
}

/** Once it is the root: what is mounted on it until then is not to spread. A slave has been made one before. */
export function planRootPropagation(config: OciConfig): Operation[] {
  const flags = rootPropagation(config);
  return flags === 0 || (flags & PROPAGATION.slave) !== 0 ? [] : [operation("propagation", flags)];
}

/** What a bind that says nothing inherits: only what makes it hear of the host's mounts. */
export function inheritedPropagation(config: OciConfig): number[] {
  const flags = rootPropagation(config);
  return (flags & (PROPAGATION.shared | PROPAGATION.slave)) === 0 ? [] : [flags];
}

/**
 * Without a mount namespace of its own, the container's root is a chroot. Nothing can be mounted for it, as that would be mounted
 * for all who are in the namespace: a config that wants it is refused.
 */
export function planSharedRoot(path: string, overlay: OverlayRootfs | undefined, config: OciConfig): Operation[] {
  const { root, mounts = [], linux } = config;
  const unwanted = [
    [mounts.length > 0, "mounts"],
    [overlay !== undefined, "an overlay as its root"],
    [root?.readonly === true, "root.readonly"],
    [(linux?.maskedPaths ?? []).length > 0, "linux.maskedPaths"],
    [(linux?.readonlyPaths ?? []).length > 0, "linux.readonlyPaths"],
    [rootPropagation(config) !== 0, "linux.rootfsPropagation"],
  ].find(([present]) => present === true)?.[1];
  if (unwanted !== undefined) throw usageError(`linux.namespaces: a new mount namespace is needed for ${unwanted}`);
  return [operation("root-directory", path)];
}
