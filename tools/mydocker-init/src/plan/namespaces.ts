import type { OciConfig, OciNamespace, OciNamespaceType } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { idMapText, userMappings } from "./id-mappings.ts";
import { NAMESPACE_FLAG } from "./kernel-flags.ts";
import { type Operation, operation } from "./operations.ts";

/** Made for the container, joined by its path, or the one that mydocker-init is in. */
export type NamespaceOrigin = "new" | "joined" | "inherited";

export function originOf(config: OciConfig, type: OciNamespaceType): NamespaceOrigin {
  const namespace = namespacesOf(config).find((entry) => entry.type === type);
  if (namespace === undefined) return "inherited";
  return isNew(namespace) ? "new" : "joined";
}

/** The path of a namespace that is joined, or "". */
export function namespacePath(config: OciConfig, type: OciNamespaceType): string {
  return namespacesOf(config).find((entry) => entry.type === type)?.path ?? "";
}

function namespacesOf(config: OciConfig): OciNamespace[] {
  return config.linux?.namespaces ?? [];
}

function isNew(namespace: OciNamespace): boolean {
  return namespace.path === undefined || namespace.path === null || namespace.path === "";
}

/** The user namespace comes last: the host's root may join any other, root of a user namespace only what belongs to it. */
const JOIN_ORDER: readonly OciNamespaceType[] = ["network", "ipc", "uts", "cgroup", "time", "pid", "mount", "user"];

/**
 * What stands at the end of the host phase: what the new process gets, and its making. With a user namespace all others are
 * joined before it is entered; a new one owns all that is made with it (user_namespaces(7)).
 */
export function planClone(config: OciConfig): Operation[] {
  return [
    ...planFirstJoins(config),
    ...planTimeOffsets(config),
    ...planIds(config),
    operation("clone", cloneFlags(config)),
  ];
}

function planFirstJoins(config: OciConfig): Operation[] {
  const types = originOf(config, "user") === "inherited" ? (["pid"] as const) : JOIN_ORDER;
  return types.flatMap((type) =>
    originOf(config, type) === "joined"
      ? [operation("join-first", namespacePath(config, type), NAMESPACE_FLAG[type])]
      : [],
  );
}

/** What the container's process joins itself, once it is in its cgroups: all that does not need to come first. */
export function planJoins(config: OciConfig): Operation[] {
  if (originOf(config, "user") !== "inherited") return [];
  // The mount namespace last: the paths of the others are the host's.
  return (["network", "ipc", "uts", "cgroup", "time", "mount"] as const).flatMap((type) =>
    originOf(config, type) === "joined" ? [operation("join", namespacePath(config, type), NAMESPACE_FLAG[type])] : [],
  );
}

/** An empty offset stands for a time namespace in which no clock is changed. */
function planTimeOffsets(config: OciConfig): Operation[] {
  const offsets = Object.entries(config.linux?.timeOffsets ?? {});
  if (originOf(config, "time") !== "new") {
    if (offsets.length > 0) throw usageError("linux.timeOffsets: they need a new time namespace");
    return [];
  }
  if (offsets.length === 0) return [operation("time-offset", "")];
  return offsets.map(([clock, { secs = 0, nanosecs = 0 }]) =>
    operation("time-offset", `${clock} ${secs} ${nanosecs}\n`),
  );
}

/** Written by the parent: only who has the ids may hand them on. */
function planIds(config: OciConfig): Operation[] {
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  if (originOf(config, "user") !== "new") {
    if (originOf(config, "user") === "inherited" && uidMappings.length + gidMappings.length > 0) {
      throw usageError("linux.uidMappings and gidMappings: they need a new user namespace");
    }
    return [];
  }
  const { uid, gid } = userMappings(config);
  return [
    operation("child-file", "uid_map", idMapText(uid, "linux.uidMappings")),
    operation("child-file", "gid_map", idMapText(gid, "linux.gidMappings")),
  ];
}

/**
 * The cgroup namespace is unshared later: it takes its root from the cgroups that its maker is in. So is the time namespace, which
 * clone does not make (time_namespaces(7)).
 */
function cloneFlags(config: OciConfig): number {
  return namespacesOf(config)
    .filter((namespace) => isNew(namespace) && namespace.type !== "cgroup" && namespace.type !== "time")
    .reduce((flags, { type }) => flags | NAMESPACE_FLAG[type], 0);
}

/** Every namespace that is not the host's: setns(2) takes them all at once from the init's pidfd (Linux 5.8). */
export function entryFlags(config: OciConfig): number {
  return namespacesOf(config).reduce((flags, { type }) => flags | NAMESPACE_FLAG[type], 0);
}
