import type { OciProcess } from "@mydocker/oci";
import type { Operation } from "./operations.ts";
import { operation } from "./operations.ts";

/** File systems that take no label: they have their own, or the kernel refuses one. (What runc does.) */
const UNLABELLED = new Set(["proc", "sysfs", "mqueue", "cgroup", "cgroup2"]);

/** What the next execve is to be confined to: behind the hooks that are not the command's. */
export function planLabels({
  apparmorProfile,
  selinuxLabel,
}: Pick<OciProcess, "apparmorProfile" | "selinuxLabel">): Operation[] {
  return [
    ...(isProfile(apparmorProfile) ? [operation("apparmor", apparmorProfile)] : []),
    ...(isLabel(selinuxLabel) ? [operation("selinux", selinuxLabel)] : []),
  ];
}

/** linux.mountLabel: the label of every file on a mount that is made for the container. */
export function labelMounts(mounts: Operation[], label: string | null | undefined): Operation[] {
  if (!isLabel(label)) return mounts;
  return mounts.map((mount) => {
    const [type, ...rest] = mount.args;
    if (mount.name !== "mount" || typeof type !== "string" || UNLABELLED.has(type)) return mount;
    return operation("mount", type, ...rest, `context=${label}`);
  });
}

/** "unconfined" is what a process is whom nothing confines. */
export function isProfile(profile: string | null | undefined): profile is string {
  return isLabel(profile) && profile !== "unconfined";
}

export function isLabel(label: string | null | undefined): label is string {
  return label !== undefined && label !== null && label !== "";
}
