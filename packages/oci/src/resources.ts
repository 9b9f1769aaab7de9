/**
 * `linux.resources` (config-linux.md, "Control groups"). As engines write it: a number that is 0 where 0 would make no sense, and
 * an empty text, stand for "not set"; so does null.
 */
export interface OciResources {
  devices?: OciDeviceRule[];
  memory?: OciMemory;
  cpu?: OciCpu;
  blockIO?: OciBlockIo;
  hugepageLimits?: { pageSize: string; limit: number }[];
  network?: OciNetworkClass;
  /** 0 is a limit, -1 is none. */
  pids?: { limit: number };
  /** Device name → how many handles and objects of it. At least one of the two. */
  rdma?: Record<string, { hcaHandles?: number; hcaObjects?: number }>;
  /** cgroup v2 file name → value. */
  unified?: Record<string, string>;
}

/** In the order listed: a later rule wins. Without a type for both, without a number for all. */
export interface OciDeviceRule {
  allow: boolean;
  type?: "a" | "b" | "c";
  major?: number;
  minor?: number;
  /** Letters of `rwm`: read, write, mknod. */
  access?: string;
}

/** Bytes; -1 means unlimited. `swap` is memory plus swap, as on cgroup v1. */
export interface OciMemory {
  limit?: number;
  reservation?: number;
  swap?: number;
  kernel?: number;
  kernelTCP?: number;
  /** 0 to 100. */
  swappiness?: number;
  disableOOMKiller?: boolean;
  useHierarchy?: boolean;
  /** Refuse a limit below what is in use, rather than have processes killed for it. */
  checkBeforeUpdate?: boolean;
}

/** Times in microseconds. */
export interface OciCpu {
  shares?: number;
  quota?: number;
  burst?: number;
  period?: number;
  realtimeRuntime?: number;
  realtimePeriod?: number;
  cpus?: string;
  mems?: string;
  idle?: number;
}

export interface OciBlockIo {
  weight?: number;
  leafWeight?: number;
  weightDevice?: { major: number; minor: number; weight?: number; leafWeight?: number }[];
  throttleReadBpsDevice?: OciThrottle[];
  throttleWriteBpsDevice?: OciThrottle[];
  throttleReadIOPSDevice?: OciThrottle[];
  throttleWriteIOPSDevice?: OciThrottle[];
}

/** Bytes or operations a second. */
export interface OciThrottle {
  major: number;
  minor: number;
  rate: number;
}

export interface OciNetworkClass {
  classID?: number;
  priorities?: { name: string; priority: number }[];
}
