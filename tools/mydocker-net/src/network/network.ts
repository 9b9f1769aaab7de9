import { usageError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { formatIn, parseSubnet, type Subnet } from "../address/subnet.ts";

/** A network: a bridge, its addresses, and what the firewall does for it. */
export interface Network {
  name: string;
  /** The bridge's link; of a macvlan, which has none, only what its claims are kept under. */
  bridge: string;
  /** Of a macvlan: the host's link that it is part of. Its containers are neighbours of the host's own neighbours. */
  parent?: string;
  /** IPv4. */
  subnet: Subnet;
  /** IPv6, where the network has it. */
  subnet6?: Subnet;
  /** Whether what leaves it gets the host's address. */
  masquerade: boolean;
  /** Whether nothing comes in from outside but answers and what is published. */
  isolated: boolean;
  /** Whether nothing goes out either: its containers and the host reach each other, and nobody else. */
  internal?: boolean;
  /** In bytes; the kernel's default where absent. */
  mtu?: number;
}

/** A network as it is kept: plain JSON. */
export interface NetworkRecord extends Omit<Network, "subnet" | "subnet6"> {
  subnet: string;
  gateway: string;
  subnet6?: string;
  gateway6?: string;
}

/** The network of a container that names none. */
export function defaultNetwork(paths: HostPaths): Network {
  const bridge = defaultBridge(paths);
  const subnets = parseSubnets(paths.subnet.split(","));
  return { name: bridge, bridge, ...subnets, masquerade: true, isolated: true };
}

/** One subnet of IPv4 and, if wanted, one of IPv6, in any order. @throws MydockerError `USAGE` */
function parseSubnets(texts: string[]): Pick<Network, "subnet" | "subnet6"> {
  const subnets = texts.map((text) => parseSubnet(text));
  const [subnet, ...others] = subnets.filter(({ family }) => family === 4);
  const [subnet6, ...others6] = subnets.filter(({ family }) => family === 6);
  if (subnet === undefined || others.length + others6.length > 0) {
    throw usageError(`subnets ${JSON.stringify(texts.join(","))}: expected one of IPv4 and at most one of IPv6`);
  }
  return { subnet, ...(subnet6 === undefined ? {} : { subnet6 }) };
}

export function defaultBridge(paths: HostPaths): string {
  return `${paths.prefix}0`;
}

/** The bridge of a network that has a name: as long as a link's name may be. */
export function namedBridge(paths: HostPaths, name: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `mb-${createHash("sha256").update(`${paths.prefix}:${name}`).digest("hex").slice(0, 12)}`;
}

export function toRecord(network: Network): NetworkRecord {
  const { subnet, subnet6, ...others } = network;
  return {
    ...others,
    subnet: subnet.text,
    gateway: formatIn(subnet, subnet.gateway),
    ...(subnet6 === undefined ? {} : { subnet6: subnet6.text, gateway6: formatIn(subnet6, subnet6.gateway) }),
  };
}
