import { isAbsolute, join } from "node:path";
import type { OciMount } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { MOUNT_ATTR } from "./kernel-flags.ts";
import { type MountOptions, parseMountOptions } from "./mount-options.ts";
import { type Operation, operation } from "./operations.ts";

/** The part of a cgroup hierarchy that a `cgroup` mount shows. */
export interface CgroupView {
  version: 1 | 2;
  /** v1: the options that select the hierarchy (`cpu`, `cpuacct`) and the name of its directory. */
  hierarchies: { directory: string; options: string[] }[];
}

/**
 * The operations for `config.mounts`, in the order listed (config.md#mounts).
 *
 * @param bundle what a relative bind source is relative to
 * @throws MydockerError for what is not supported
 */
export function planMounts(mounts: readonly OciMount[], bundle: string, cgroups: CgroupView): Operation[] {
  return mounts.flatMap((mount) => planMount(mount, bundle, cgroups));
}

function planMount(mount: OciMount, bundle: string, cgroups: CgroupView): Operation[] {
  // A relative destination is deprecated, and means relative to "/".
  const target = join("/", mount.destination);
  const options = parseMountOptions(mount.options ?? []);
  if (options.remount) throw usageError(`mount ${target}: the option "remount" is not supported`);
  if (options.bind || mount.type === "bind") return [planBind(mount, target, options, bundle)];
  if (mount.type === undefined || mount.type === "") throw usageError(`mount ${target}: a type is needed`);
  if (mount.type === "cgroup" || mount.type === "cgroup2") return planCgroupMount(target, options, cgroups);
  return [planFileSystem(mount.type, mount.source ?? mount.type, target, options)];
}

function planBind(mount: OciMount, target: string, options: MountOptions, bundle: string): Operation {
  if (mount.source === undefined || mount.source === "") throw usageError(`mount ${target}: a source is needed`);
  const source = isAbsolute(mount.source) ? mount.source : join(bundle, mount.source);
  const recursive = options.recursiveBind ? 1 : 0;
  const flags = recursive | (options.recursiveAttributes ? 2 : 0);
  return operation("bind", source, target, flags, options.set, options.clear, options.propagation);
}

function planFileSystem(type: string, source: string, target: string, options: MountOptions): Operation {
  return operation("mount", type, source, target, options.set, ...options.data);
}

/**
 * v2 is one file system. v1 is a tmpfs with one mount for each hierarchy; the tmpfs becomes read-only last, when the
 * directories in it have been made. Both show the container's own part alone, by its cgroup namespace.
 */
function planCgroupMount(target: string, options: MountOptions, cgroups: CgroupView): Operation[] {
  if (cgroups.version === 2) return [planFileSystem("cgroup2", "cgroup", target, options)];
  const writable = { ...options, set: options.set & ~MOUNT_ATTR.readonly, data: ["mode=755"] };
  const operations = [planFileSystem("tmpfs", "tmpfs", target, writable)];
  for (const hierarchy of cgroups.hierarchies) {
    const directory = `${target}/${hierarchy.directory}`;
    operations.push(planFileSystem("cgroup", "cgroup", directory, { ...options, data: hierarchy.options }));
  }
  if ((options.set & MOUNT_ATTR.readonly) !== 0) operations.push(operation("read-only", target));
  return operations;
}
