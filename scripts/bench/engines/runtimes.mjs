import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isHybridWithControllers, removeCgroups } from "../cgroups.mjs";
import { requireSuccess } from "../command.mjs";

const CGROUP = "mydocker-bench-runtime";

/** A plain OCI bundle of busybox, as any runtime takes it. */
export async function prepareRuntimes(field) {
  const bundle = join(field.directory, "bundle");
  mkdirSync(join(bundle, "rootfs/bin"), { recursive: true });
  for (const name of ["proc", "sys", "dev", "etc", "tmp"]) mkdirSync(join(bundle, "rootfs", name));
  const busybox = join(bundle, "rootfs/bin/busybox");
  requireSuccess(["cp", "/bin/busybox", busybox]);
  chmodSync(busybox, 0o755);
  requireSuccess(["ln", "-s", "busybox", join(bundle, "rootfs/bin/true")]);
  writeFileSync(join(bundle, "config.json"), JSON.stringify(bundleConfig(), null, 2));
  field.later(() => removeCgroups(CGROUP));
  const versions = ["runc", "crun"].map((name) => requireSuccess([name, "--version"]).split("\n")[0]);
  const host = isHybridWithControllers() ? await hideUnified(field) : undefined;
  return {
    version: versions.join(", "),
    // What the runtimes' command lines begin with: the same for all, so that none is slower for it.
    enter: (name) =>
      host === undefined ? [] : ["nsenter", `--target=${name === "crun" ? host : process.pid}`, "--mount"],
    bundle,
    stateDirectory: (name) => join(field.directory, `state-${name}`),
  };
}

/**
 * crun makes no cgroups on a v1 host whose v2 hierarchy has controllers ("hybrid mode not supported"). In a mount namespace of
 * its own that hierarchy is covered, and it sees a plain v1 host.
 *
 * @returns pid of the process that holds the mount namespace
 */
async function hideUnified(field) {
  const script = "mount -t tmpfs none /sys/fs/cgroup/unified && echo ready && exec sleep infinity";
  const holder = spawn("unshare", ["--mount", "--propagation=private", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  field.later(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  return holder.pid;
}

/** What `runc spec` writes, with five namespaces, docker's default masks and no terminal. */
function bundleConfig() {
  const capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
  const restricted = ["nosuid", "noexec", "nodev"];
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ["/bin/true"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      cwd: "/",
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "bench",
    mounts: [
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
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
      },
      { destination: "/dev/shm", type: "tmpfs", source: "shm", options: [...restricted, "mode=1777", "size=65536k"] },
      { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: restricted },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: [...restricted, "ro"] },
    ],
    linux: {
      cgroupsPath: `/${CGROUP}/container`,
      resources: { devices: [{ allow: false, access: "rwm" }] },
      namespaces: ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type })),
      maskedPaths: ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/scsi"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
    annotations: { "io.mydocker.id": "bench-init" },
  };
}
