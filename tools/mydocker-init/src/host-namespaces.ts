import { statSync } from "node:fs";
import type { OciConfig, OciNamespaceType } from "@mydocker/oci";
import { unlessErrno } from "@mydocker/stage";

const PROC_NAME: Record<OciNamespaceType, string> = {
  pid: "pid",
  network: "net",
  mount: "mnt",
  ipc: "ipc",
  uts: "uts",
  user: "user",
  cgroup: "cgroup",
  time: "time",
};

/** The types of namespaces that a config joins by a path, and that are the host's own all the same. */
export function findHostNamespaces(config: OciConfig): Set<OciNamespaceType> {
  const found = new Set<OciNamespaceType>();
  for (const { type, path } of config.linux?.namespaces ?? []) {
    if (path !== undefined && path !== null && path !== "" && isOwn(type, path)) found.add(type);
  }
  return found;
}

/** A path that leads nowhere is reported by who joins it. */
function isOwn(type: OciNamespaceType, path: string): boolean {
  const joined = unlessErrno(["ENOENT", "ENOTDIR", "EACCES", "ELOOP"], () => statSync(path));
  if (joined === undefined) return false;
  const own = statSync(`/proc/self/ns/${PROC_NAME[type]}`);
  return joined.dev === own.dev && joined.ino === own.ino;
}
