import type { Flags, FlagValues } from "@mydocker/stage";

/** Limits that docker has, named as docker names them. */
const DOCKER_FLAGS = {
  memory: { type: "string", short: "m", value: "SIZE", description: "Memory limit: 256m, 1.5g (at least 6m)" },
  "memory-swap": { type: "string", value: "SIZE", description: "Memory plus swap; -1: any amount of swap" },
  "memory-reservation": {
    type: "string",
    value: "SIZE",
    description: "Memory that is spared when the host runs short",
  },
  "memory-swappiness": { type: "string", value: "0-100", description: "How readily it is swapped out (cgroup v1)" },
  "oom-kill-disable": { type: "boolean", description: "Have it wait at its memory limit, not killed (cgroup v1)" },
  cpus: { type: "string", value: "NUMBER", description: "Number of CPUs: 1.5" },
  "cpu-shares": {
    type: "string",
    short: "c",
    value: "NUMBER",
    description: "Weight against other containers (default 1024)",
  },
  "cpu-period": { type: "string", value: "MICROSECONDS", description: "Period by which the quota is counted" },
  "cpu-quota": { type: "string", value: "MICROSECONDS", description: "Processor time in each period; -1: any" },
  "cpu-rt-period": { type: "string", value: "MICROSECONDS", description: "Period of realtime scheduling (cgroup v1)" },
  "cpu-rt-runtime": { type: "string", value: "MICROSECONDS", description: "Realtime in each such period (cgroup v1)" },
  "cpuset-cpus": { type: "string", value: "LIST", description: "CPUs it may run on: 0-2,7" },
  "cpuset-mems": { type: "string", value: "LIST", description: "Memory nodes it may use: 0,1" },
  "pids-limit": { type: "string", value: "NUMBER", description: "Number of processes and threads; -1: any" },
  "blkio-weight": { type: "string", value: "10-1000", description: "Weight of its disk access against others'" },
  "blkio-weight-device": { type: "list", value: "DEVICE:WEIGHT", description: "The same for one disk: /dev/sda:200" },
  "device-read-bps": { type: "list", value: "DEVICE:RATE", description: "Bytes a second it may read: /dev/sda:1m" },
  "device-write-bps": { type: "list", value: "DEVICE:RATE", description: "Bytes a second it may write" },
  "device-read-iops": { type: "list", value: "DEVICE:NUMBER", description: "Reads a second: /dev/sda:100" },
  "device-write-iops": { type: "list", value: "DEVICE:NUMBER", description: "Writes a second" },
} as const satisfies Flags;

/** What `linux.resources` has and docker has no flag for. `cgroup-conf` is podman's name. */
const OWN_FLAGS = {
  "cpu-burst": { type: "string", value: "MICROSECONDS", description: "Unused quota that may be saved up" },
  "cpu-idle": { type: "string", value: "0|1", description: "1: runs only when nothing else does" },
  hugetlb: { type: "list", value: "PAGE=SIZE", description: "Huge pages of one size: 2MB=64m" },
  rdma: { type: "list", value: "DEVICE=N[:M]", description: "RDMA handles, objects: mlx5_0=2:2000" },
  "cgroup-conf": {
    type: "list",
    value: "FILE=VALUE",
    description: "A cgroup v2 file as it is: memory.high=1073741824",
  },
} as const satisfies Flags;

/** What can be changed of a cgroup in use. Rules for devices cannot: what a change of that list would leave of it cannot be told. */
export const UPDATE_FLAGS = { ...DOCKER_FLAGS, ...OWN_FLAGS } as const satisfies Flags;

/** Every limit, for `mydocker-cgroup apply` and for whoever hands it on to that. */
export const LIMIT_FLAGS = {
  ...UPDATE_FLAGS,
  "device-cgroup-rule": {
    type: "list",
    value: "RULE",
    description: "Devices it may use: 'c 1:* rwm' (type, major:minor, access)",
  },
} as const satisfies Flags;

export type LimitFlags = FlagValues<typeof LIMIT_FLAGS>;
