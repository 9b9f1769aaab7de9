import type { OciExecAffinity, OciIoPriority, OciMemoryPolicy, OciProcess, OciScheduler } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { type Operation, operation } from "./operations.ts";

/** sched(7) */
const POLICIES: Record<string, number> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

/** sched_setattr(2) */
const SCHEDULER_FLAGS: Record<string, number> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01,
  SCHED_FLAG_RECLAIM: 0x02,
  SCHED_FLAG_DL_OVERRUN: 0x04,
  SCHED_FLAG_KEEP_POLICY: 0x08,
  SCHED_FLAG_KEEP_PARAMS: 0x10,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40,
};

/** ioprio_set(2) */
const IO_CLASSES: Record<string, number> = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 };

/** set_mempolicy(2) */
const MEMORY_MODES: Record<string, number> = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
};

const MEMORY_FLAGS: Record<string, number> = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
};

/** What `features` says of it. */
export const MEMORY_POLICY_NAMES = { modes: Object.keys(MEMORY_MODES), flags: Object.keys(MEMORY_FLAGS) };

/** No list of processors or nodes names one above this. */
const HIGHEST = 65_534;

/** When a process runs, and how fast its files are read and written. */
export function planScheduling({ scheduler, ioPriority }: OciProcess): Operation[] {
  return [
    ...(scheduler === undefined || scheduler === null ? [] : [planScheduler(scheduler)]),
    ...(ioPriority === undefined || ioPriority === null ? [] : [planIoPriority(ioPriority)]),
  ];
}

function planScheduler(scheduler: OciScheduler): Operation {
  const { policy, nice, priority, flags, runtime, deadline, period } = scheduler;
  const value = flagsOf("process.scheduler.flags", flags ?? [], SCHEDULER_FLAGS);
  // The shim's numbers have no sign: it takes the low 32 bits for one that has.
  const unsigned = BigInt.asUintN(32, BigInt(nice ?? 0));
  const times = [runtime, deadline, period].map((time) => BigInt(time ?? 0));
  return operation("scheduler", POLICIES[policy] ?? 0, unsigned, priority ?? 0, value, ...times);
}

function planIoPriority({ class: name, priority }: OciIoPriority): Operation {
  return operation("io-priority", IO_CLASSES[name] ?? 0, priority ?? 0);
}

/** `exec` only: the processors until the process is in the container's cgroup, or those from then on. */
export function planAffinity(affinity: OciExecAffinity | null | undefined, when: "initial" | "final"): Operation[] {
  const list = affinity?.[when];
  if (list === undefined || list === null || list === "") return [];
  const [first, ...more] = numbersOf(`process.execCPUAffinity.${when}`, list);
  return first === undefined ? [] : [operation("affinity", first, ...more)];
}

export function planMemoryPolicy(policy: OciMemoryPolicy | null | undefined): Operation[] {
  if (policy === undefined || policy === null) return [];
  const mode = MEMORY_MODES[policy.mode];
  if (mode === undefined) {
    throw usageError(
      `linux.memoryPolicy.mode "${policy.mode}": expected one of ${Object.keys(MEMORY_MODES).join(", ")}`,
    );
  }
  const flags = flagsOf("linux.memoryPolicy.flags", policy.flags ?? [], MEMORY_FLAGS);
  const nodes =
    policy.nodes === undefined || policy.nodes === null || policy.nodes === ""
      ? []
      : numbersOf("linux.memoryPolicy.nodes", policy.nodes);
  return [operation("memory-policy", mode, flags, ...nodes)];
}

/** The numbers of a list as the kernel writes it: `0-3,7`. */
function numbersOf(at: string, list: string): number[] {
  const numbers = list.split(",").flatMap((part) => {
    const [, first = "", last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    const from = Number(first);
    const to = Number(last);
    if (first === "" || from > to || to > HIGHEST) throw usageError(`${at} "${list}": expected a list such as 0-3,7`);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function flagsOf(at: string, names: readonly string[], known: Record<string, number>): number {
  let flags = 0;
  for (const name of names) {
    const flag = known[name];
    if (flag === undefined) throw usageError(`${at} "${name}": expected one of ${Object.keys(known).join(", ")}`);
    flags |= flag;
  }
  return flags;
}
