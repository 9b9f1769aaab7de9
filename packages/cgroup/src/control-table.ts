/** One thing that can be limited, and where it stands in each version. */
export interface Control {
  /** As docker spells it; those that docker lacks, as `mydocker-cgroup apply` does. */
  flag: string;
  /** A v1 file; its controller is that of the hierarchy it is in. */
  v1?: string;
  v2?: string;
}

/** Every limit, in the order in which a person looks for them. What sets more than one of them stands at each. */
export const CONTROLS: Control[] = [
  { flag: "--memory", v1: "memory.limit_in_bytes", v2: "memory.max" },
  { flag: "--memory-swap", v1: "memory.memsw.limit_in_bytes", v2: "memory.swap.max" },
  { flag: "--memory-reservation", v1: "memory.soft_limit_in_bytes", v2: "memory.low" },
  { flag: "--memory-swappiness", v1: "memory.swappiness" },
  { flag: "--oom-kill-disable", v1: "memory.oom_control" },
  { flag: "--cpus, --cpu-quota", v1: "cpu.cfs_quota_us", v2: "cpu.max" },
  { flag: "--cpus, --cpu-period", v1: "cpu.cfs_period_us" },
  { flag: "--cpu-burst", v1: "cpu.cfs_burst_us", v2: "cpu.max.burst" },
  { flag: "--cpu-shares", v1: "cpu.shares", v2: "cpu.weight" },
  { flag: "--cpu-idle", v1: "cpu.idle", v2: "cpu.idle" },
  { flag: "--cpu-rt-period", v1: "cpu.rt_period_us" },
  { flag: "--cpu-rt-runtime", v1: "cpu.rt_runtime_us" },
  { flag: "--cpuset-cpus", v1: "cpuset.cpus", v2: "cpuset.cpus" },
  { flag: "--cpuset-mems", v1: "cpuset.mems", v2: "cpuset.mems" },
  { flag: "--pids-limit", v1: "pids.max", v2: "pids.max" },
  { flag: "--blkio-weight", v1: "blkio.bfq.weight", v2: "io.bfq.weight" },
  { flag: "--blkio-weight", v2: "io.weight" },
  { flag: "--blkio-weight-device", v1: "blkio.bfq.weight_device" },
  { flag: "--device-read-bps", v1: "blkio.throttle.read_bps_device", v2: "io.max" },
  { flag: "--device-write-bps", v1: "blkio.throttle.write_bps_device" },
  { flag: "--device-read-iops", v1: "blkio.throttle.read_iops_device" },
  { flag: "--device-write-iops", v1: "blkio.throttle.write_iops_device" },
  { flag: "--device-cgroup-rule", v1: "devices.list" },
  { flag: "pause", v1: "freezer.state", v2: "cgroup.freeze" },
];
