import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciConfig } from "@mydocker/oci";

const APPLETS = [
  "sh",
  "cat",
  "echo",
  "id",
  "env",
  "ls",
  "sleep",
  "kill",
  "ps",
  "hostname",
  "mount",
  "ip",
  "head",
  "touch",
  "true",
];

export interface TestBundle {
  directory: string;
  rootfs: string;
  config: OciConfig;
}

/**
 * A plain OCI bundle of busybox, as any OCI runtime takes it: no annotations, nothing of mydocker's.
 *
 * @param directory made here
 * @param args what the container runs
 */
export function makeBundle(
  directory: string,
  args: string[],
  change: (config: OciConfig) => void = () => {},
): TestBundle {
  const rootfs = join(directory, "rootfs");
  for (const path of ["bin", "etc", "proc", "sys", "dev", "tmp", "root"]) {
    mkdirSync(join(rootfs, path), { recursive: true });
  }
  copyFileSync("/bin/busybox", join(rootfs, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(rootfs, "bin", applet));
  writeFileSync(join(rootfs, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nweb:x:33:33::/tmp:/bin/sh\n");
  writeFileSync(join(rootfs, "etc/group"), "root:x:0:\nweb:x:33:\nlog:x:4:web\n");
  const config = defaultConfig(args);
  change(config);
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  return { directory, rootfs, config };
}

const CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_NET_BIND_SERVICE"];

function defaultConfig(args: string[]): OciConfig {
  return {
    ociVersion: "1.2.0",
    root: { path: "rootfs" },
    hostname: "box",
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/bin", "HOME=/root"],
      cwd: "/",
      capabilities: { bounding: [...CAPABILITIES], effective: [...CAPABILITIES], permitted: [...CAPABILITIES] },
    },
    mounts: [
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
      { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    ],
    linux: {
      namespaces: [
        { type: "pid" },
        { type: "network" },
        { type: "ipc" },
        { type: "uts" },
        { type: "mount" },
        { type: "cgroup" },
      ],
      maskedPaths: ["/proc/kcore", "/proc/timer_list", "/sys/firmware"],
      readonlyPaths: ["/proc/sys", "/proc/bus"],
    },
  };
}
