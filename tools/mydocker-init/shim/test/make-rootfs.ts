import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlannedOperation } from "./encode-plan.ts";

/** An image of busybox, and the directories of an overlay over it. */
export interface Rootfs {
  directory: string;
  lower: string;
  upper: string;
  work: string;
  target: string;
  remove(): void;
}

export function makeRootfs(): Rootfs {
  const directory = mkdtempSync(join(tmpdir(), "mydocker-shim-"));
  const [lower, upper, work, target] = ["lower", "upper", "work", "target"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [join(lower, "bin"), join(lower, "etc"), join(lower, "tmp"), upper, work, target]) {
    mkdirSync(path, { recursive: true });
  }
  copyFileSync("/bin/busybox", join(lower, "bin/busybox"));
  const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).trimEnd().split("\n");
  for (const applet of applets) if (applet !== "busybox") symlinkSync("busybox", join(lower, "bin", applet));
  return { directory, lower, upper, work, target, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

const NEW = {
  mount: 0x20000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  pid: 0x20000000,
  network: 0x40000000,
};
const READ_ONLY = 1;
const NO_SUID = 2;
const NO_DEVICES = 4;
const NO_EXECUTION = 8;
const CHARACTER = 0o020000;
const SLAVE_RECURSIVELY = 0x80000 | 0x4000;

/** The clone flags of a container, with a network of its own or not. */
export const CLONE_FLAGS = NEW.mount | NEW.uts | NEW.ipc | NEW.pid;
export const CLONE_NETWORK = NEW.network;

/** docker's default mounts, devices, masks and read-only paths, in the order in which mydocker-init plans them. */
export function defaultFileSystems(): PlannedOperation[] {
  const guarded = NO_SUID | NO_DEVICES | NO_EXECUTION;
  const masked = [
    "asound",
    "acpi",
    "interrupts",
    "kcore",
    "keys",
    "latency_stats",
    "timer_list",
    "timer_stats",
    "sched_debug",
    "scsi",
  ];
  return [
    ["mount", "proc", "proc", "/proc", guarded],
    ["mount", "tmpfs", "tmpfs", "/dev", NO_SUID, "mode=755", "size=65536k"],
    [
      "mount",
      "devpts",
      "devpts",
      "/dev/pts",
      NO_SUID | NO_EXECUTION,
      "newinstance",
      "ptmxmode=0666",
      "mode=0620",
      "gid=5",
    ],
    ["mount", "sysfs", "sysfs", "/sys", guarded | READ_ONLY],
    ["mount", "mqueue", "mqueue", "/dev/mqueue", guarded],
    ["mount", "tmpfs", "shm", "/dev/shm", guarded, "mode=1777", "size=65536k"],
    ...(
      [
        ["null", 1, 3],
        ["zero", 1, 5],
        ["full", 1, 7],
        ["random", 1, 8],
        ["urandom", 1, 9],
        ["tty", 5, 0],
      ] as const
    ).map(([name, major, minor]): PlannedOperation => ["device", `/dev/${name}`, CHARACTER, 0o666, major, minor, 0, 0]),
    ["symbolic-link", "/proc/self/fd", "/dev/fd"],
    ["symbolic-link", "/proc/self/fd/0", "/dev/stdin"],
    ["symbolic-link", "/proc/self/fd/1", "/dev/stdout"],
    ["symbolic-link", "/proc/self/fd/2", "/dev/stderr"],
    ["symbolic-link", "pts/ptmx", "/dev/ptmx"],
    ...masked.map((name): PlannedOperation => ["mask", `/proc/${name}`]),
    ["mask", "/sys/firmware"],
    ...["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name): PlannedOperation => ["read-only", `/proc/${name}`]),
  ];
}

/** docker's fourteen default capabilities. */
export const DEFAULT_CAPABILITIES = 0xa80425fbn;

export interface ContainerPlan {
  /** Host operations in front of `clone`. */
  host?: PlannedOperation[];
  flags?: number;
  root?: PlannedOperation;
  /** Container operations before the pivot, in place of docker's default file systems. */
  before?: PlannedOperation[];
  /** Container operations behind it. */
  after?: PlannedOperation[];
  environment?: string[];
  command: string[];
  path?: string;
  /** wait-start, teardown … */
  wait?: boolean;
  teardown?: PlannedOperation[];
}

/** A whole container: an overlay on the rootfs, and a command in it. */
export function planContainer(rootfs: Rootfs, container: ContainerPlan): PlannedOperation[] {
  const [name = ""] = container.command;
  return [
    ...(container.host ?? []),
    ["clone", container.flags ?? CLONE_FLAGS | CLONE_NETWORK],
    ["propagation", SLAVE_RECURSIVELY],
    container.root ?? ["root-overlay", rootfs.target, rootfs.upper, rootfs.work, rootfs.lower],
    ...(container.before ?? defaultFileSystems()),
    ["pivot"],
    ...(container.after ?? []),
    ["environment", ...(container.environment ?? ["PATH=/bin"])],
    ["find-command", name, container.path ?? "/bin"],
    ...(container.wait === true ? ([["wait-start"]] as PlannedOperation[]) : []),
    ["execute", ...container.command],
    ...(container.teardown ?? []),
  ];
}
