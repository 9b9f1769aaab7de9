import { MOUNT_ATTR } from "./kernel-flags.ts";
import type { AttributeChange, MountOptions } from "./mount-options.ts";
import { type Operation, operation } from "./operations.ts";

/** The part of the cgroup hierarchies that a `cgroup` mount shows. */
export interface CgroupView {
  version: 1 | 2;
  /** v1: the options that select the hierarchy (`cpu`, `cpuacct`), the name of its directory, and the container's own on the host. */
  hierarchies: { directory: string; options: string[]; source: string }[];
  /** v2: the container's own directory on the host. */
  source: string;
}

/** How a part of a hierarchy is mounted: as a file system, or, without a cgroup namespace, as a bind of the host's directory. */
export interface CgroupMounting {
  mount(type: string, source: string, target: string, options: MountOptions): Operation[];
  bind(source: string, target: string, options: MountOptions): Operation[];
  /** The container has a cgroup namespace: a mount shows its own part alone. */
  hasNamespace: boolean;
}

/**
 * v2 is one file system. v1 is a tmpfs with one mount for each hierarchy; the tmpfs becomes read-only last, when the
 * directories in it have been made. Both show the container's own part alone.
 */
export function planCgroupMount(
  target: string,
  options: MountOptions,
  view: CgroupView,
  how: CgroupMounting,
): Operation[] {
  if (view.version === 2) {
    return how.hasNamespace ? how.mount("cgroup2", "cgroup", target, options) : how.bind(view.source, target, options);
  }
  const operations = how.mount("tmpfs", "tmpfs", target, {
    ...options,
    ...writable(options),
    superblock: [],
    data: ["mode=755"],
  });
  for (const { directory, options: controllers, source } of view.hierarchies) {
    const at = `${target}/${directory}`;
    const data = { ...options, superblock: [], data: controllers };
    operations.push(...(how.hasNamespace ? how.mount("cgroup", "cgroup", at, data) : how.bind(source, at, options)));
    // Mounted together, each controller is still found by its own name.
    if (controllers.length > 1)
      operations.push(...controllers.map((name) => operation("symbolic-link", directory, `${target}/${name}`)));
  }
  if (((options.own.set | options.recursive.set) & MOUNT_ATTR.readonly) !== 0)
    operations.push(operation("mount-attributes", target, 0, MOUNT_ATTR.readonly, 0));
  return operations;
}

function writable({ own, recursive }: MountOptions): { own: AttributeChange; recursive: AttributeChange } {
  const without = ({ set, clear }: AttributeChange) => ({ set: set & ~MOUNT_ATTR.readonly, clear });
  return { own: without(own), recursive: without(recursive) };
}
