import type { OciConfig, OciNamespaceType } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { NAMESPACE_FLAG } from "./kernel-flags.ts";
import { namespacePath, originOf } from "./namespaces.ts";
import { type Operation, operation } from "./operations.ts";
import type { Planned } from "./prepared-mounts.ts";

/** Which settings belong to a namespace, and to which (sysctl tables of the kernel: ipc, mqueue, net, ucount). */
const NAMESPACED: readonly [RegExp, OciNamespaceType][] = [
  [/^net\./, "network"],
  [/^(kernel\.(msg(max|mnb|mni)|sem|shm(all|max|mni|_rmid_forced))|fs\.mqueue\..+)$/, "ipc"],
  [/^user\.max_\w+$/, "user"],
  [/^kernel\.(hostname|domainname)$/, "uts"],
];

/**
 * Namespaced sysctls only, and only of a namespace that is the container's own: any other would set the host's.
 *
 * @param hostNamespaces types that are joined by a path, which leads to the namespace that mydocker-init is in
 */
export function planSysctls(config: OciConfig, hostNamespaces: ReadonlySet<OciNamespaceType>): Planned {
  const operations = listSysctls(config, hostNamespaces);
  const isHosts = ({ name }: Operation) => name === "namespace-sysctl";
  return { host: operations.filter(isHosts), inside: operations.filter((entry) => !isHosts(entry)) };
}

function listSysctls(config: OciConfig, hostNamespaces: ReadonlySet<OciNamespaceType>): Operation[] {
  return Object.entries(config.linux?.sysctl ?? {}).map(([key, value]) => {
    const path = sysctlPath(key);
    const name = path.replaceAll("/", ".");
    const needed = NAMESPACED.find(([pattern]) => pattern.test(name))?.[1];
    if (needed === undefined) {
      throw usageError(
        `sysctl "${key}": expected net.*, fs.mqueue.*, user.max_*, kernel.domainname, or one of the ipc settings of kernel.*`,
      );
    }
    if (originOf(config, needed) === "inherited" || hostNamespaces.has(needed)) {
      throw usageError(`sysctl "${key}": needs a ${needed} namespace of the container's own`);
    }
    if (needed === "uts") return planName(config, name, value);
    // Root of a new user namespace has no right to a namespace that was there before.
    const isForeign =
      originOf(config, "user") !== "inherited" && originOf(config, needed) === "joined" && needed !== "user";
    if (!isForeign) return operation("sysctl", path, value);
    return operation("namespace-sysctl", namespacePath(config, needed), NAMESPACE_FLAG[needed], path, value);
  });
}

/** sysctl(8): the separator that comes first is the separator; the other one then stands for itself (`net/ipv4/conf/eth0.5/…`). */
function sysctlPath(key: string): string {
  const slashes = /^[^./]*\//.test(key);
  const path = slashes ? key : key.replaceAll(/[./]/g, (separator) => (separator === "." ? "/" : "."));
  const isClean = path.split("/").every((part) => /^[\w.-]+$/.test(part) && part !== "." && part !== "..");
  if (!isClean) throw usageError(`sysctl "${key}": it is not the name of one`);
  return path;
}

/** By their system calls, which root of a user namespace may call where it may not write the file. */
function planName(config: OciConfig, name: string, value: string): Operation {
  if (name === "kernel.domainname") return operation("domainname", value);
  if (config.hostname !== undefined && config.hostname !== "" && config.hostname !== value) {
    throw usageError(`sysctl "kernel.hostname": the config's hostname is another one`);
  }
  return operation("hostname", value);
}
