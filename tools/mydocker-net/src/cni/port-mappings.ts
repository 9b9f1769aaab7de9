import { formatIp, parseIp } from "../address/ip.ts";
import type { PortRequest } from "../ports/port-spec.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniRuntimeConfig } from "./cni-types.ts";

/**
 * The ports to publish; without an address, on every address of the families that the network has. One on an IPv6 address
 * of the host is not for a network that has IPv4 alone, and is left out.
 */
export function parsePortMappings(
  mappings: NonNullable<CniRuntimeConfig["portMappings"]>,
  hasIpv6: boolean,
): PortRequest[] {
  return mappings
    .filter(({ hostIP }) => hasIpv6 || hostIP?.includes(":") !== true)
    .map(({ hostPort, containerPort, protocol, hostIP }) => ({
      ...(hostIP === undefined || hostIP === "" ? {} : { hostIp: parseHostIp(hostPort, hostIP) }),
      hostPort,
      containerPort,
      protocol: parseProtocol(hostPort, protocol),
    }));
}

function parseHostIp(hostPort: number, text: string): string {
  const ip = parseIp(text);
  if (ip !== undefined) return formatIp(ip);
  throw new CniError(CNI_CODE.config, `port mapping ${hostPort}: hostIP ${JSON.stringify(text)}: expected an address`);
}

function parseProtocol(hostPort: number, protocol = "tcp"): "tcp" | "udp" {
  const lower = protocol.toLowerCase();
  if (lower === "tcp" || lower === "udp") return lower;
  throw new CniError(
    CNI_CODE.unsupported,
    `port mapping ${hostPort}: protocol ${JSON.stringify(protocol)}: expected tcp or udp`,
  );
}
