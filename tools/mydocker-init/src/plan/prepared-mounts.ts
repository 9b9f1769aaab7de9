import type { OciConfig, OciMount } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { type IdMappings, idMapText } from "./id-mappings.ts";
import { NAMESPACE_FLAG, PROPAGATION } from "./kernel-flags.ts";
import type { MountOptions } from "./mount-options.ts";
import { namespacePath, originOf } from "./namespaces.ts";
import { type Operation, operation } from "./operations.ts";

/** Operations of the two phases that belong together: what the parent prepares, the container's process attaches. */
export interface Planned {
  host: Operation[];
  inside: Operation[];
}

/** Numbers the prepared mounts, as the shim does. */
export interface PreparedCount {
  next: number;
}

const FLAG = { recursive: 1, allAttributes: 2, ids: 4, allIds: 8 };

/** A bind of the host's, made with the host's rights. */
export function prepareBind(
  source: string,
  target: string,
  options: Pick<MountOptions, "recursiveBind" | "own" | "recursive" | "propagation" | "idMap">,
  { ids, count }: { ids: Operation[]; count: PreparedCount },
): Planned {
  const { change, flags } = firstChange(options);
  const recursive = options.recursiveBind ? FLAG.recursive : 0;
  return {
    host: [
      ...ids,
      operation(
        "prepare-bind",
        source,
        flags | recursive | idFlags(options),
        change.set,
        change.clear,
        ...options.propagation,
      ),
    ],
    inside: [operation("attach", takeNumber(count), target)],
  };
}

/** What is set as the mount is made: the recursive attributes where there are some; the others then come behind. */
export function firstChange({ own, recursive }: Pick<MountOptions, "own" | "recursive">) {
  const hasRecursive = recursive.set !== 0 || recursive.clear !== 0;
  return hasRecursive ? { change: recursive, flags: FLAG.allAttributes } : { change: own, flags: 0 };
}

function idFlags({ idMap }: Pick<MountOptions, "idMap">): number {
  if (idMap === "none") return 0;
  return idMap === "own" ? FLAG.ids : FLAG.ids | FLAG.allIds;
}

/** A file system, mounted by the parent, where it belongs to a namespace in that one. */
export function prepareFileSystem(
  type: string,
  source: string,
  target: string,
  options: MountOptions,
  { ids, count, namespace }: { ids: Operation[]; count: PreparedCount; namespace?: { path: string; flag: number } },
): Planned {
  const attributes = options.own.set | options.recursive.set;
  const { path = "", flag = 0 } = namespace ?? {};
  const data = [...options.superblock, ...options.data];
  return {
    host: [...ids, operation("prepare-mount", type, source, attributes, idFlags(options), path, flag, ...data)],
    inside: [operation("attach", takeNumber(count), target)],
  };
}

export function takeNumber(count: PreparedCount): number {
  count.next += 1;
  return count.next - 1;
}

/** The mapping that the prepared mount behind these operations gets: its own, or else the container's (config.md#mounts). */
export function planMountIds(mount: OciMount, options: MountOptions, config: OciConfig): Operation[] {
  if (options.idMap === "none") return [];
  const own: IdMappings = { uid: mount.uidMappings ?? [], gid: mount.gidMappings ?? [] };
  const user = originOf(config, "user");
  if (own.uid.length === 0 && user === "joined") return [operation("id-map", namespacePath(config, "user"), "")];
  const { uid, gid } =
    own.uid.length > 0 ? own : { uid: config.linux?.uidMappings ?? [], gid: config.linux?.gidMappings ?? [] };
  if (uid.length === 0 || gid.length === 0) {
    throw usageError(
      `mount ${mount.destination}: idmap needs uidMappings and gidMappings, its own or those of a user namespace`,
    );
  }
  const at = `mount ${mount.destination}`;
  return [operation("id-map", idMapText(uid, at), idMapText(gid, at))];
}

/**
 * The propagation of a bind that is made from the host's own mounts, where a shared one is a peer of it: what the container
 * does in a peer would be done to the host.
 *
 * @param hasUserNamespace then it is cut off from the host's, as the kernel does when it copies mounts (user_namespaces(7)):
 *   mount events come in and none go out
 */
export function preparedPropagation(wanted: readonly number[], hasUserNamespace: boolean): number[] {
  const isShared = wanted.some((type) => (type & PROPAGATION.shared) !== 0);
  const isSlave = wanted.some((type) => (type & PROPAGATION.slave) !== 0);
  if (isShared && !hasUserNamespace) return [...wanted];
  if (isShared || isSlave) return [PROPAGATION.slave | PROPAGATION.recursive, ...wanted];
  return [PROPAGATION.private | PROPAGATION.recursive, ...wanted];
}

export function namespaceToMountIn(config: OciConfig, type: "network" | "ipc"): { path: string; flag: number } {
  return { path: namespacePath(config, type), flag: NAMESPACE_FLAG[type] };
}
