import { cgroupLeaf } from "../cgroups-path.ts";
import { readControl } from "../control-file.ts";
import { type Hierarchy, hierarchyOf } from "../hierarchy.ts";
import { limitOf } from "../read-limits.ts";
import { networkOf } from "./network.ts";
import type { ReadFile } from "./parse.ts";

/**
 * What a table of containers shows of each: so few files, and so little work on each, that a hundred containers take milliseconds.
 * `Stats` has all that the kernel counts, exactly; numbers here are JavaScript's, right to the nanosecond for a hundred days of
 * processor time. A member is absent where no controller of the host counts it.
 */
export interface Usage {
  /** Processor time in nanoseconds. */
  cpu?: { usage: number };
  /** Bytes; `limit` is null where there is none. `inactiveFile` is cache that the kernel drops first, which docker leaves out. */
  memory?: { usage: number; inactiveFile: number; limit: number | null };
  pids?: { current: number; limit: number | null };
  /** Bytes that disks were asked for. */
  io?: { read: number; written: number };
  /** Bytes over all interfaces but the loopback; null where the network is the host's. */
  network: { received: number; sent: number } | null;
}

/** What all containers had used at one moment: a line of `mydocker-cgroup stats`. */
export interface UsageRound {
  /** RFC 3339. */
  time: string;
  /** The same moment by a clock that is never set, in nanoseconds since boot: for differences. */
  monotonic: number;
  /** The host's processors that are online, and its memory in bytes. */
  cpus: number;
  memory: number;
  containers: ContainerUsage[];
}

export interface ContainerUsage extends Usage {
  id: string;
  /** Of its init; 0 where mydocker-init does not run it. */
  pid: number;
}

/**
 * @param hierarchies those that the container is in
 * @param init the pid of a process in its network namespace; 0 for none
 * @param hostNetwork `networkOf("self")`
 */
export function readUsage(
  hierarchies: Hierarchy[],
  cgroupsPath: string,
  init: number,
  hostNetwork: string | undefined,
): Usage {
  const leaf = cgroupLeaf(cgroupsPath);
  const usage: Usage = { network: readTraffic(init, hostNetwork) };
  const reader = (...controllers: string[]): [ReadFile, 1 | 2] | undefined => {
    const hierarchy = controllers.map((name) => hierarchyOf(hierarchies, name)).find((found) => found !== undefined);
    if (hierarchy === undefined) return undefined;
    return [(file) => readControl(`${hierarchy.path}${leaf}/${file}`), hierarchy.version];
  };
  const cpu = reader("cpuacct", "cpu");
  const memory = reader("memory");
  const pids = reader("pids");
  const io = reader("blkio", "io");
  if (cpu !== undefined) usage.cpu = cpuUsage(...cpu);
  if (memory !== undefined) usage.memory = memoryUsage(...memory);
  if (pids !== undefined) usage.pids = pidsUsage(pids[0]);
  if (io !== undefined) usage.io = ioUsage(...io);
  return usage;
}

function cpuUsage(read: ReadFile, version: 1 | 2): { usage: number } {
  if (version === 1) return { usage: Number(read("cpuacct.usage") ?? 0) };
  return { usage: find(/^usage_usec (\d+)/m, read("cpu.stat")) * 1000 };
}

function memoryUsage(read: ReadFile, version: 1 | 2): NonNullable<Usage["memory"]> {
  const [usage, limit, inactive] =
    version === 1
      ? ["memory.usage_in_bytes", "memory.limit_in_bytes", /^total_inactive_file (\d+)/m]
      : ["memory.current", "memory.max", /^inactive_file (\d+)/m];
  return {
    usage: Number(read(usage) ?? 0),
    inactiveFile: find(inactive, read("memory.stat")),
    limit: limitOf(read(limit)) ?? null,
  };
}

function pidsUsage(read: ReadFile): NonNullable<Usage["pids"]> {
  return { current: Number(read("pids.current") ?? 0), limit: limitOf(read("pids.max")) ?? null };
}

/** v1 has a line `254:0 Read 4096` for each disk and kind, v2 a line `254:0 rbytes=4096 wbytes=0 …` for each disk. */
function ioUsage(read: ReadFile, version: 1 | 2): NonNullable<Usage["io"]> {
  const text = read(version === 1 ? "blkio.throttle.io_service_bytes_recursive" : "io.stat");
  return version === 1
    ? { read: sum(/^\d+:\d+ Read (\d+)/gm, text), written: sum(/^\d+:\d+ Write (\d+)/gm, text) }
    : { read: sum(/ rbytes=(\d+)/g, text), written: sum(/ wbytes=(\d+)/g, text) };
}

/**
 * Of a process's network namespace, over its interfaces but the loopback (proc_pid_net(5): a name, eight numbers of what came in, eight
 * of what went out). Null where it is the host's own: that is not the container's.
 */
function readTraffic(pid: number, hostNetwork: string | undefined): Usage["network"] {
  if (pid === 0 || networkOf(pid) === hostNetwork) return null;
  const text = readControl(`/proc/${pid}/net/dev`);
  if (text === undefined) return null;
  return {
    received: sum(/^ *(?!lo:)\S+: *(\d+)/gm, text),
    sent: sum(/^ *(?!lo:)\S+:(?: *\d+){8} +(\d+)/gm, text),
  };
}

function find(pattern: RegExp, text = ""): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

function sum(pattern: RegExp, text = ""): number {
  return [...text.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);
}
