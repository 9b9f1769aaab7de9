/** Documents of CNI 1.1.0 (SPEC.md), as far as mydocker-net reads and writes them. */

export const CNI_VERSIONS = ["0.4.0", "1.0.0", "1.1.0"] as const;
export type CniVersion = (typeof CNI_VERSIONS)[number];

/** A plugin's part of a network configuration, as the runtime gives it on stdin. */
export interface CniConfig {
  cniVersion: CniVersion;
  name: string;
  /** By default named after the network. */
  bridge?: string;
  mtu?: number;
  /** What leaves the network gets the host's address. */
  ipMasq?: boolean;
  /** A default route by the bridge, which is the default. */
  isDefaultGateway?: boolean;
  /** Nothing comes in but answers and what is published. */
  isolate?: boolean;
  ipam?: CniIpam;
  dns?: CniDns;
  runtimeConfig?: CniRuntimeConfig;
  args?: { cni?: { ips?: string[] } };
  prevResult?: CniResult;
  /** `GC` alone: who is still there. */
  validAttachments?: { containerID: string; ifname: string }[];
}

/** Without a type, mydocker-net gives the addresses itself; the members are host-local's then. */
export interface CniIpam {
  type?: string;
  subnet?: string;
  gateway?: string;
  rangeStart?: string;
  rangeEnd?: string;
  ranges?: CniRange[][];
  routes?: CniRoute[];
}

export interface CniRange {
  subnet: string;
  gateway?: string;
  rangeStart?: string;
  rangeEnd?: string;
}

/** What the runtime gives for the capabilities of a configuration (CONVENTIONS.md). */
export interface CniRuntimeConfig {
  portMappings?: { hostPort: number; containerPort: number; protocol?: string; hostIP?: string }[];
  ips?: string[];
  mac?: string;
  /** What else the container is called on this network, which then has a name server. */
  aliases?: string[];
  ipRanges?: CniRange[][];
  /** Bits a second, and bits. */
  bandwidth?: { ingressRate?: number; ingressBurst?: number; egressRate?: number; egressBurst?: number };
  dns?: { servers?: string[]; searches?: string[]; options?: string[] };
}

export interface CniResult {
  cniVersion: string;
  interfaces?: CniInterface[];
  ips?: CniAddress[];
  routes?: CniRoute[];
  dns?: CniDns;
}

export interface CniInterface {
  name: string;
  mac?: string;
  mtu?: number;
  /** Path of the namespace; absent for the host's. */
  sandbox?: string;
}

export interface CniAddress {
  /** Before 1.0.0. */
  version?: "4" | "6";
  address: string;
  gateway?: string;
  /** Index in `interfaces`. */
  interface?: number;
}

export interface CniRoute {
  dst: string;
  gw?: string;
}

export interface CniDns {
  nameservers?: string[];
  domain?: string;
  search?: string[];
  options?: string[];
}
