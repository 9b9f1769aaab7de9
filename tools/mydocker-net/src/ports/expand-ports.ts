import type { PortMapping } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import type { Network } from "../network/network.ts";
import type { PortRequest } from "./port-spec.ts";

/** A port to publish, and on which addresses of the host: the same number on all. */
export interface PortGroup extends Omit<PortRequest, "hostIp"> {
  hostIps: string[];
}

/**
 * Where ports are published: on every address of the families that the network has, unless an address was asked for.
 *
 * @param servesLoopback6 whether a network without IPv6 is to be reached at [::1], too (loopback6.ts)
 * @throws MydockerError `NO_IPV6`
 */
export function expandPorts(
  requests: PortRequest[],
  { name, subnet6 }: Pick<Network, "name" | "subnet6">,
  servesLoopback6: boolean,
): PortGroup[] {
  const everywhere = ["0.0.0.0", ...(subnet6 !== undefined ? ["::"] : servesLoopback6 ? ["::1"] : [])];
  return requests.map(({ hostIp, ...port }) => {
    if (hostIp === undefined) return { ...port, hostIps: everywhere };
    if (!hostIp.includes(":") || subnet6 !== undefined) return { ...port, hostIps: [hostIp] };
    throw new MydockerError(`port ${port.containerPort}/${port.protocol} on [${hostIp}]: network ${name} has no IPv6`, {
      code: "NO_IPV6",
      hint: "an IPv4 address, or a network made with --ipv6",
    });
  });
}

/** A group's ports on a port of the host, one for each of its addresses. */
export function mappingsOf({ hostIps, containerPort, protocol }: PortGroup, hostPort: number): PortMapping[] {
  return hostIps.map((hostIp) => ({ hostIp, hostPort, containerPort, protocol }));
}
