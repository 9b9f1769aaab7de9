import type { OciCapabilities } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";

/** What docker gives a container. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/** The others that Linux has (capabilities(7), as of 5.9). */
const OTHER_CAPABILITIES = `
  AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE DAC_READ_SEARCH IPC_LOCK IPC_OWNER LEASE LINUX_IMMUTABLE
  MAC_ADMIN MAC_OVERRIDE NET_ADMIN NET_BROADCAST PERFMON SYSLOG SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE SYS_PACCT
  SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
`;

const ALL = [
  ...DEFAULT_CAPABILITIES,
  ...OTHER_CAPABILITIES.split(/\s+/)
    .filter((name) => name !== "")
    .map((name) => `CAP_${name}`),
];

/**
 * The capabilities after `--cap-add` and `--cap-drop`, by docker's rules: `ALL` stands for every one; what is added stays,
 * even where all others are dropped.
 */
export function chooseCapabilities(added: readonly string[], dropped: readonly string[]): string[] {
  const adds = added.map((name) => checkCapability("--cap-add", name));
  const drops = dropped.map((name) => checkCapability("--cap-drop", name));
  if (adds.includes("ALL")) return ALL.filter((name) => !drops.includes(name));
  const kept = drops.includes("ALL") ? [] : DEFAULT_CAPABILITIES.filter((name) => !drops.includes(name));
  return [...new Set([...kept, ...adds])];
}

/**
 * The sets for a process of user `uid`. Another than root gets the bounding set alone, as execve(2) would have it;
 * inheritable stays empty (CVE-2022-29162).
 */
export function capabilitySets(capabilities: string[], uid: number): OciCapabilities {
  const own = uid === 0 ? capabilities : [];
  return { bounding: capabilities, effective: own, permitted: own, inheritable: [], ambient: [] };
}

/** `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` are the same. */
function checkCapability(flag: string, name: string): string {
  const upper = name.toUpperCase();
  if (upper === "ALL") return upper;
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (ALL.includes(full)) return full;
  throw usageError(
    `${flag} ${JSON.stringify(name.slice(0, 60))}: no such capability`,
    "a name of capabilities(7), or ALL",
  );
}
