import { parseAddress } from "../address/subnet.ts";
import type { PortRequest } from "../ports/port-spec.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniRuntimeConfig } from "./cni-types.ts";

const ANY = "0.0.0.0";

/** The ports to publish. One on an IPv6 address of the host is not for this network, which has IPv4, and is left out. */
export function parsePortMappings(mappings: NonNullable<CniRuntimeConfig["portMappings"]>): PortRequest[] {
  return mappings
    .filter(({ hostIP }) => hostIP?.includes(":") !== true)
    .map(({ hostPort, containerPort, protocol, hostIP }) => {
      const hostIp = hostIP === undefined || hostIP === "" ? ANY : hostIP;
      if (parseAddress(hostIp) === undefined) {
        throw new CniError(
          CNI_CODE.config,
          `port mapping ${hostPort}: hostIP ${JSON.stringify(hostIP)}: expected an address`,
        );
      }
      return { hostIp, hostPort, containerPort, protocol: parseProtocol(hostPort, protocol) };
    });
}

function parseProtocol(hostPort: number, protocol = "tcp"): "tcp" | "udp" {
  const lower = protocol.toLowerCase();
  if (lower === "tcp" || lower === "udp") return lower;
  throw new CniError(
    CNI_CODE.unsupported,
    `port mapping ${hostPort}: protocol ${JSON.stringify(protocol)}: expected tcp or udp`,
  );
}
