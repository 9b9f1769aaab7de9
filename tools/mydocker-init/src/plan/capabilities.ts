import type { OciCapabilities } from "@mydocker/oci";
import { type Operation, operation } from "./operations.ts";

/** capabilities(7), by number. */
export const CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
];

/** The five sets as bit masks. */
export interface CapabilityMasks {
  bounding: bigint;
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
  ambient: bigint;
}

/** Names that are no capability are left out; see `unknownCapabilities`. */
export function capabilityMasks(sets: OciCapabilities): CapabilityMasks {
  return {
    bounding: maskOf(sets.bounding ?? []),
    effective: maskOf(sets.effective ?? []),
    permitted: maskOf(sets.permitted ?? []),
    inheritable: maskOf(sets.inheritable ?? []),
    ambient: maskOf(sets.ambient ?? []),
  };
}

function maskOf(names: readonly string[]): bigint {
  let mask = 0n;
  for (const name of names) {
    const number = CAPABILITIES.indexOf(name);
    if (number !== -1) mask |= 1n << BigInt(number);
  }
  return mask;
}

/** config.md#linux-process: a value without a kernel interface is logged as a warning, and is no reason to fail. */
export function planCapabilityWarnings(sets: OciCapabilities | null | undefined): Operation[] {
  const names = Object.values(sets ?? {}).flatMap((list: string[] | null | undefined) => list ?? []);
  const unknown = [...new Set(names)].filter((name) => !CAPABILITIES.includes(name));
  if (unknown.length === 0) return [];
  const listed = unknown.map((name) => JSON.stringify(name)).join(", ");
  return [operation("warn", `process.capabilities: left out, as they are no capabilities: ${listed}`)];
}
