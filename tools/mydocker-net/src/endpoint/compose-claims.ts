import type { PortMapping } from "@mydocker/oci";
import { formatIn, formatWithPrefix, macOf } from "../address/subnet.ts";
import type { Network } from "../network/network.ts";
import type { EndpointClaims } from "./record.ts";

/** What an endpoint has got, in numbers. */
interface Places {
  address: bigint;
  /** On a network that has IPv6. */
  address6: bigint | undefined;
  /** By default it follows from the address. */
  mac?: string | undefined;
  /** All that are claimed. */
  ports: PortMapping[];
}

/** Puts what an endpoint has on a network as its record keeps it. The members' order is the record's JSON. */
export function composeClaims(
  { subnet, subnet6 }: Pick<Network, "subnet" | "subnet6">,
  { address, address6, mac, ports }: Places,
): EndpointClaims {
  return {
    address: formatWithPrefix(subnet, address),
    gateway: formatIn(subnet, subnet.gateway),
    ...(subnet6 === undefined || address6 === undefined
      ? {}
      : { address6: formatWithPrefix(subnet6, address6), gateway6: formatIn(subnet6, subnet6.gateway) }),
    mac: mac ?? macOf(address),
    // The firewall has nothing of [::1] where the network has no IPv6, and nobody is to see it listed: ports/loopback6.ts.
    ports: subnet6 === undefined ? ports.filter(({ hostIp }) => !hostIp.includes(":")) : ports,
  };
}
