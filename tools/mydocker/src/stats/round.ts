/** What `mydocker-cgroup stats` prints of one moment. */
export interface Round {
  /** Nanoseconds, by a clock that is never set. */
  monotonic: number;
  /** The host's processors, and its memory in bytes. */
  cpus: number;
  memory: number;
  containers: Sample[];
}

/** What one container had used by then. What no controller of the host counts is absent. */
export interface Sample {
  id: string;
  pid: number;
  /** Nanoseconds of processor time. */
  cpu?: { usage: number };
  /** Bytes; `limit` is null where there is none. `inactiveFile` is cache that the kernel drops first. */
  memory?: { usage: number; inactiveFile: number; limit: number | null };
  pids?: { current: number };
  /** Bytes. */
  io?: { read: number; written: number };
  /** Bytes; null where the network is the host's. */
  network: { received: number; sent: number } | null;
}
