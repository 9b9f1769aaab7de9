import type { Flags, FlagValues } from "@mydocker/stage";

/** The limits that `apply` takes, named as docker names them. */
export const LIMIT_FLAGS = {
  memory: { type: "string", short: "m", value: "SIZE", description: "Memory limit: 256m, 1.5g (at least 6m)" },
  "memory-swap": { type: "string", value: "SIZE", description: "Memory plus swap; -1: any amount of swap" },
  "memory-reservation": {
    type: "string",
    value: "SIZE",
    description: "Memory that is spared when the host runs short",
  },
  cpus: { type: "string", value: "NUMBER", description: "Number of CPUs: 1.5" },
  "cpu-shares": { type: "string", value: "NUMBER", description: "Weight against other containers (default 1024)" },
  "cpuset-cpus": { type: "string", value: "LIST", description: "CPUs it may run on: 0-2,7" },
  "cpuset-mems": { type: "string", value: "LIST", description: "Memory nodes it may use: 0,1" },
  "pids-limit": { type: "string", value: "NUMBER", description: "Number of processes and threads; -1: any" },
} as const satisfies Flags;

export type LimitFlags = FlagValues<typeof LIMIT_FLAGS>;
