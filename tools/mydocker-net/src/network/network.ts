import type { HostPaths } from "@mydocker/state";
import { formatAddress, parseSubnet, type Subnet } from "../address/subnet.ts";

/** A network: a bridge, its addresses, and what the firewall does for it. */
export interface Network {
  name: string;
  /** The bridge's link. */
  bridge: string;
  subnet: Subnet;
  /** Whether what leaves it gets the host's address. */
  masquerade: boolean;
  /** Whether nothing comes in from outside but answers and what is published. */
  isolated: boolean;
  /** In bytes; the kernel's default where absent. */
  mtu?: number;
}

/** A network as it is kept: plain JSON. */
export interface NetworkRecord extends Omit<Network, "subnet"> {
  subnet: string;
  gateway: string;
}

/** The network of a container that names none. */
export function defaultNetwork(paths: HostPaths): Network {
  const bridge = defaultBridge(paths);
  return { name: bridge, bridge, subnet: parseSubnet(paths.subnet), masquerade: true, isolated: true };
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
  const { subnet, ...others } = network;
  return { ...others, subnet: subnet.text, gateway: formatAddress(subnet.gateway) };
}
