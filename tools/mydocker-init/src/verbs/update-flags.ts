import { parseSize } from "@mydocker/cgroup";
import type { OciResources } from "@mydocker/oci";
import { type Flags, type FlagValues, usageError } from "@mydocker/stage";

/** Limits as runc's `update` names them. */
export const UPDATE_FLAGS = {
  memory: { type: "string", value: "SIZE", description: "Memory limit: 256m, 1.5g; -1: none" },
  "memory-swap": { type: "string", value: "SIZE", description: "Memory plus swap; -1: any amount" },
  "memory-reservation": { type: "string", value: "SIZE", description: "Memory spared when the host runs short" },
  "cpu-share": { type: "string", value: "NUMBER", description: "Weight against other containers (default 1024)" },
  "cpu-period": { type: "string", value: "MICROSECONDS", description: "Period by which the quota is counted" },
  "cpu-quota": { type: "string", value: "MICROSECONDS", description: "Processor time in each period; -1: any" },
  "cpu-burst": { type: "string", value: "MICROSECONDS", description: "Unused quota that may be saved up" },
  "cpu-rt-period": { type: "string", value: "MICROSECONDS", description: "Period of realtime scheduling" },
  "cpu-rt-runtime": { type: "string", value: "MICROSECONDS", description: "Realtime in each such period" },
  "cpu-idle": { type: "string", value: "0|1", description: "1: runs only when nothing else does" },
  "cpuset-cpus": { type: "string", value: "LIST", description: "CPUs it may run on: 0-2,7" },
  "cpuset-mems": { type: "string", value: "LIST", description: "Memory nodes it may use: 0,1" },
  "pids-limit": { type: "string", value: "NUMBER", description: "Number of processes and threads; -1: any" },
  "blkio-weight": { type: "string", value: "NUMBER", description: "Weight of disk access, 10 to 1000" },
} as const satisfies Flags;

type UpdateFlags = FlagValues<typeof UPDATE_FLAGS>;

/** The flags as members of `linux.resources`, to be checked like any. Without a flag there is no member. */
export function resourcesOfFlags(flags: UpdateFlags): OciResources {
  const size = (name: keyof UpdateFlags): number | undefined => {
    const text = flags[name];
    return text === undefined ? undefined : text === "-1" ? -1 : parseSize(`--${name}`, text);
  };
  const number = (name: keyof UpdateFlags): number | undefined => {
    const text = flags[name];
    if (text === undefined) return undefined;
    if (/^-?\d{1,15}$/.test(text)) return Number(text);
    throw usageError(`--${name}: expected a whole number, got ${JSON.stringify(text)}`);
  };
  const pids = number("pids-limit");
  return withoutUndefined({
    memory: withoutUndefined({
      limit: size("memory"),
      swap: size("memory-swap"),
      reservation: size("memory-reservation"),
    }),
    cpu: withoutUndefined({
      shares: number("cpu-share"),
      period: number("cpu-period"),
      quota: number("cpu-quota"),
      burst: number("cpu-burst"),
      realtimePeriod: number("cpu-rt-period"),
      realtimeRuntime: number("cpu-rt-runtime"),
      idle: number("cpu-idle"),
      cpus: flags["cpuset-cpus"],
      mems: flags["cpuset-mems"],
    }),
    pids: pids === undefined ? undefined : { limit: pids },
    blockIO: withoutUndefined({ weight: number("blkio-weight") }),
  });
}

/** Undefined where no member is left. */
function withoutUndefined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
