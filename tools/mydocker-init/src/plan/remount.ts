import type { OciMount } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import type { MountOptions } from "./mount-options.ts";
import { isBind, mountTarget } from "./mount-target.ts";
import { type Operation, operation } from "./operations.ts";

/** They are one for the whole host, or for a namespace of it: what is set in one mount is set in all. */
const OF_THE_HOST = new Set([
  "sysfs",
  "cgroup",
  "cgroup2",
  "securityfs",
  "debugfs",
  "tracefs",
  "bpf",
  "pstore",
  "configfs",
]);

/**
 * `remount`: what is mounted at the target gets other attributes, and keeps those that are not mentioned. Options of the file
 * system are only set where the container has a file system of its own: the host's would change for the host, too.
 *
 * @param earlier the mounts listed before
 */
export function planRemount(target: string, options: MountOptions, earlier: readonly OciMount[]): Operation[] {
  const { own, recursive, propagation } = options;
  const data = options.bind ? [] : [...options.superblock, ...options.data];
  const mounted = earlier.findLast(
    (mount) => mountTarget(mount) === target && !(mount.options ?? []).includes("remount"),
  );
  const isOwn = mounted !== undefined && !isBind(mounted) && !OF_THE_HOST.has(mounted.type ?? "");
  if (data.length > 0 && !isOwn) {
    throw usageError(
      `mount ${target}: remount cannot set ${data.join(",")} on a file system that is not the container's own`,
    );
  }
  const hasRecursive = recursive.set !== 0 || recursive.clear !== 0;
  return [
    ...(hasRecursive ? [operation("mount-attributes", target, 1, recursive.set, recursive.clear)] : []),
    operation("remount", target, own.set, own.clear, ...data),
    ...(propagation.length === 0 ? [] : [operation("mount-attributes", target, 0, 0, 0, ...propagation)]),
  ];
}
