/** What a container has used so far, in the shape that runc's `events --stats` prints and engines parse (its types.Stats). */
export interface Stats {
  cpu: CpuStats;
  cpuset: CpusetStats;
  memory: MemoryStats;
  pids: { current?: bigint; limit?: bigint };
  blkio: { ioServiceBytesRecursive?: BlkioEntry[]; ioServicedRecursive?: BlkioEntry[] };
  /** By page size: `2MB`. */
  hugetlb: Record<string, { usage: bigint; max: bigint; failcnt: bigint }>;
  intel_rdt: Record<string, never>;
  network_interfaces: NetworkInterfaceStats[] | null;
}

/** Nanoseconds. Per processor: v1 alone counts so. */
export interface CpuStats {
  usage: {
    total: bigint;
    percpu?: bigint[];
    percpu_kernel?: bigint[];
    percpu_user?: bigint[];
    kernel: bigint;
    user: bigint;
  };
  throttling: { periods?: bigint; throttledPeriods?: bigint; throttledTime?: bigint };
}

export interface CpusetStats {
  cpus?: number[];
  mems?: number[];
  [flag: string]: number | number[] | undefined;
}

export interface MemoryStats {
  cache?: bigint;
  usage?: MemoryEntry;
  /** Memory plus swap. */
  swap?: MemoryEntry;
  kernel?: MemoryEntry;
  kernelTCP?: MemoryEntry;
  /** memory.stat as it is. */
  raw?: Record<string, bigint>;
}

/** Bytes. `max` is the most that was ever in use. */
export interface MemoryEntry {
  limit: bigint;
  usage: bigint;
  max?: bigint;
  failcnt: bigint;
}

export interface BlkioEntry {
  major: bigint;
  minor: bigint;
  op: string;
  value: bigint;
}

/** The members have capitals in runc's, too. */
export interface NetworkInterfaceStats {
  Name: string;
  RxBytes: bigint;
  RxPackets: bigint;
  RxErrors: bigint;
  RxDropped: bigint;
  TxBytes: bigint;
  TxPackets: bigint;
  TxErrors: bigint;
  TxDropped: bigint;
}
