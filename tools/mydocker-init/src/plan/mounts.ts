import { isAbsolute, join, resolve } from "node:path";
import type { OciConfig, OciMount } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { type CgroupView, planCgroupMount } from "./cgroup-mounts.ts";
import { PROPAGATION } from "./kernel-flags.ts";
import { needsMountData, planMountData } from "./mount-data.ts";
import { changesNothing, type MountOptions, parseMountOptions } from "./mount-options.ts";
import { isBind, mountTarget } from "./mount-target.ts";
import { originOf } from "./namespaces.ts";
import { type Operation, operation } from "./operations.ts";
import {
  firstChange,
  namespaceToMountIn,
  type Planned,
  type PreparedCount,
  planMountIds,
  prepareBind,
  preparedPropagation,
  prepareFileSystem,
} from "./prepared-mounts.ts";
import { planRemount } from "./remount.ts";

export interface MountContext {
  /** What a relative bind source is relative to. */
  bundle: string;
  cgroups: CgroupView;
  /** Of a bind that says nothing of its own: the rootfs's, where that is not private. */
  propagation: number[];
  count: PreparedCount;
}

/**
 * The operations for `config.mounts`, in the order listed (config.md#mounts).
 *
 * @throws MydockerError for what is not supported
 */
export function planMounts(config: OciConfig, context: MountContext): Planned {
  const mounts = config.mounts ?? [];
  const planned = mounts.map((mount, index) => planMount(mount, mounts.slice(0, index), config, context));
  return { host: planned.flatMap(({ host }) => host), inside: planned.flatMap(({ inside }) => inside) };
}

function planMount(mount: OciMount, earlier: OciMount[], config: OciConfig, context: MountContext): Planned {
  const target = mountTarget(mount);
  const options = parseMountOptions(mount.options ?? []);
  // Mappings without one of the two options mean the one that is not recursive.
  if (options.idMap === "none" && (mount.uidMappings ?? []).length > 0) options.idMap = "own";
  if (options.remount) return { host: [], inside: planRemount(target, options, earlier) };
  if (options.copyUp && mount.type !== "tmpfs") throw usageError(`mount ${target}: tmpcopyup is for a tmpfs`);
  if (isBind(mount)) return planBind(mount, target, options, config, context);
  if (mount.type === undefined || mount.type === "") throw usageError(`mount ${target}: a type is needed`);
  if (mount.type === "cgroup" || mount.type === "cgroup2") return planCgroups(mount, target, options, config, context);
  return planFileSystem(
    { type: mount.type, source: mount.source ?? mount.type, mount },
    target,
    options,
    config,
    context,
  );
}

function planBind(
  mount: OciMount,
  target: string,
  options: MountOptions,
  config: OciConfig,
  context: MountContext,
): Planned {
  if (mount.source === undefined || mount.source === "") throw usageError(`mount ${target}: a source is needed`);
  const source = isAbsolute(mount.source) ? mount.source : join(context.bundle, mount.source);
  // CVE-2019-16884: with a volume there, masks and labels would be put on the volume's files.
  if (resolve(target) === "/proc" && source !== "/proc")
    throw usageError("mount /proc: only a proc file system, or the host's /proc");
  const wanted = options.propagation.length > 0 ? options.propagation : context.propagation;
  const { change, flags } = firstChange(options);
  const behind =
    flags === 0 || changesNothing(options.own)
      ? []
      : [operation("mount-attributes", target, 0, options.own.set, options.own.clear)];
  const ids = planMountIds(mount, options, config);
  const hasUserNamespace = originOf(config, "user") !== "inherited";
  if (hasUserNamespace || ids.length > 0 || wanted.length > 1 || hearsHost(wanted)) {
    const propagation = preparedPropagation(wanted, hasUserNamespace);
    const { host, inside } = prepareBind(source, target, { ...options, propagation }, { ids, count: context.count });
    return { host, inside: [...inside, ...behind] };
  }
  const recursive = options.recursiveBind ? 1 : 0;
  const bind = operation("bind", source, target, flags | recursive, change.set, change.clear, wanted[0] ?? 0);
  return { host: [], inside: [bind, ...behind] };
}

/** The container's process has a private copy of the host's mounts: a bind made there hears nothing of the host's. */
function hearsHost(propagation: readonly number[]): boolean {
  return propagation.some((type) => (type & (PROPAGATION.shared | PROPAGATION.slave)) !== 0);
}

/** What root of a user namespace may mount, because nothing in it is the host's. */
const OF_USER_NAMESPACE = new Set([
  "tmpfs",
  "ramfs",
  "devpts",
  "proc",
  "sysfs",
  "mqueue",
  "cgroup",
  "cgroup2",
  "binfmt_misc",
]);

interface FileSystem {
  type: string;
  source: string;
  mount: OciMount;
}

function planFileSystem(
  fs: FileSystem,
  target: string,
  options: MountOptions,
  config: OciConfig,
  context: MountContext,
): Planned {
  const { type, source, mount } = fs;
  const ids = planMountIds(mount, options, config);
  const behind =
    options.propagation.length === 0 ? [] : [operation("mount-attributes", target, 0, 0, 0, ...options.propagation)];
  if (isPrepared(type, options, config)) {
    if (needsMountData(source, options))
      throw usageError(
        `mount ${target}: options of this length, and iversion, are not for a container with a user namespace`,
      );
    const namespace = shownNamespace(type, config);
    const { host, inside } = prepareFileSystem(type, source, target, options, {
      ids,
      count: context.count,
      ...namespace,
    });
    return { host, inside: [...inside, ...behind] };
  }
  return { host: [], inside: [mountInside(type, source, target, options), ...behind] };
}

function mountInside(type: string, source: string, target: string, options: MountOptions): Operation {
  const attributes = options.own.set | options.recursive.set;
  const data = [...options.superblock, ...options.data];
  if (options.copyUp) return operation("copy-up", source, target, attributes, ...data);
  if (needsMountData(source, options)) return planMountData(type, source, target, options);
  return operation("mount", type, source, target, attributes, ...data);
}

/** A file system that shows a namespace is mounted by who has the right to that namespace. */
function isPrepared(type: string, options: MountOptions, config: OciConfig): boolean {
  if (options.idMap !== "none") return true;
  if (originOf(config, "user") === "inherited") return false;
  if (type === "sysfs") return originOf(config, "network") !== "new";
  if (type === "mqueue") return originOf(config, "ipc") !== "new";
  if (type === "proc") return originOf(config, "pid") === "inherited";
  return !OF_USER_NAMESPACE.has(type);
}

function shownNamespace(type: string, config: OciConfig): { namespace?: { path: string; flag: number } } {
  if (type === "sysfs") return { namespace: namespaceToMountIn(config, "network") };
  return type === "mqueue" ? { namespace: namespaceToMountIn(config, "ipc") } : {};
}

function planCgroups(
  mount: OciMount,
  target: string,
  options: MountOptions,
  config: OciConfig,
  context: MountContext,
): Planned {
  const host: Operation[] = [];
  const collect = (planned: Planned): Operation[] => {
    host.push(...planned.host);
    return planned.inside;
  };
  const inside = planCgroupMount(target, options, context.cgroups, {
    hasNamespace: originOf(config, "cgroup") !== "inherited",
    mount: (type, source, at, own) => collect(planFileSystem({ type, source, mount }, at, own, config, context)),
    bind: (source, at, own) => collect(planBind({ ...mount, source }, at, own, config, context)),
  });
  return { host, inside };
}
