import type { OciConfig } from "@mydocker/oci";

/** What a shell needs and little more; the three that runc gives. */
const CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

const MASKED = [
  ...["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list"],
  ...["/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"],
];

const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/**
 * The config that `spec` writes.
 *
 * @param rootless the ids of a user who is not root, and who is root inside
 */
export function startingConfig(rootless: { uid: number; gid: number } | undefined): OciConfig & { linux: object } {
  const own = rootless === undefined ? (["network"] as const) : (["user"] as const);
  const namespaces = ["pid", "ipc", "uts", "mount", "cgroup", ...own] as const;
  const mapping = (hostID: number) => [{ containerID: 0, hostID, size: 1 }];
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "mydocker",
    mounts: mounts(rootless !== undefined),
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      // A user who is not root may not write the device list either.
      ...(rootless === undefined ? { resources: { devices: [{ allow: false, access: "rwm" }] } } : {}),
      ...(rootless === undefined ? {} : { uidMappings: mapping(rootless.uid), gidMappings: mapping(rootless.gid) }),
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
    },
  };
}

function mounts(rootless: boolean): NonNullable<OciConfig["mounts"]> {
  const closed = ["nosuid", "noexec", "nodev"];
  // Only one group is mapped, and sysfs belongs to the network namespace, which is the host's.
  const group = rootless ? [] : ["gid=5"];
  const sysfs = rootless
    ? { destination: "/sys", type: "none", source: "/sys", options: ["rbind", ...closed, "ro"] }
    : { destination: "/sys", type: "sysfs", source: "sysfs", options: [...closed, "ro"] };
  return [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", ...group],
    },
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: [...closed, "mode=1777", "size=65536k"] },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: closed },
    sysfs,
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...closed, "relatime", "ro"] },
  ];
}
