import type { OciMount } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";

/** What docker mounts in every container. */
const DEFAULT_MOUNTS: OciMount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
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
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
  { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "noexec", "nodev"] },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"],
  },
];

/** What is mounted for the user: the name of the flag that asked for it, for the message. */
export interface UserMount {
  flag: string;
  mount: OciMount;
}

/**
 * The container's mounts: docker's, without those that the user has something else for, and then the user's, outer ones
 * before inner ones.
 *
 * @param shmSize bytes of /dev/shm, where it is not to have docker's
 * @throws MydockerError where two want the same place
 */
export function combineMounts(wanted: readonly UserMount[], shmSize?: number): OciMount[] {
  const taken = new Map<string, string>();
  for (const { flag, mount } of wanted) {
    if (taken.has(mount.destination)) {
      throw usageError(`${flag}: ${mount.destination} is already the place of another mount (Duplicate mount point)`);
    }
    taken.set(mount.destination, flag);
  }
  // Whoever mounts a /dev of their own gets that one, and not ours over it.
  const defaults = DEFAULT_MOUNTS.map((mount) => withShmSize(mount, shmSize)).filter(
    ({ destination }) => !taken.has(destination) && !(taken.has("/dev") && destination.startsWith("/dev/")),
  );
  const depth = (mount: OciMount): number => mount.destination.split("/").length;
  return [...defaults, ...wanted.map(({ mount }) => mount).sort((a, b) => depth(a) - depth(b))];
}

function withShmSize(mount: OciMount, size: number | undefined): OciMount {
  if (mount.destination !== "/dev/shm" || size === undefined) return mount;
  const options = (mount.options ?? []).map((option) => (option.startsWith("size=") ? `size=${size}` : option));
  return { ...mount, options };
}
