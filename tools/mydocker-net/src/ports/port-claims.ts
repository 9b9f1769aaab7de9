import { join } from "node:path";
import type { PortMapping } from "@mydocker/oci";
import { claim, claimOwner, type HostPaths, releaseClaim } from "@mydocker/state";
import { portsDirectory } from "../endpoint/names.ts";
import { listNames } from "../endpoint/record.ts";
import { isEverywhere } from "./port-spec.ts";

/** The claim of a published port is named `<ip>_<port>_<protocol>`. */
export function portClaim(
  paths: HostPaths,
  { hostIp, hostPort, protocol }: Omit<PortMapping, "containerPort">,
): string {
  return join(portsDirectory(paths), `${hostIp}_${hostPort}_${protocol}`);
}

/** @returns undefined for a file that is no port claim */
export function parsePortClaim(name: string): Omit<PortMapping, "containerPort"> | undefined {
  const [, hostIp, port, protocol] = /^([\d.]+|[\da-f:]+)_(\d+)_(tcp|udp)$/.exec(name) ?? [];
  if (hostIp === undefined || (protocol !== "tcp" && protocol !== "udp")) return undefined;
  return { hostIp, hostPort: Number(port), protocol };
}

/**
 * Claims a host port for a container. 0.0.0.0 collides with every address, an address with itself and with 0.0.0.0; so does :: in IPv6.
 * The claim is made first and the others looked at after it: of two that collide and run at once at least one sees the
 * other and gives way.
 *
 * @returns undefined when the port is ours now, or what stands in the way and whose it is
 */
export function claimPort(
  paths: HostPaths,
  port: PortMapping,
  id: string,
): { hostIp: string; owner: string } | undefined {
  const path = portClaim(paths, port);
  const owner = claim(path, id);
  if (owner !== undefined) return { hostIp: port.hostIp, owner };
  const other = findColliding(paths, port);
  if (other !== undefined) releaseClaim(path, id);
  return other;
}

function findColliding(paths: HostPaths, port: PortMapping): { hostIp: string; owner: string } | undefined {
  const addresses = isEverywhere(port.hostIp) ? addressesWithPort(paths, port) : [everywhereLike(port.hostIp)];
  for (const hostIp of addresses) {
    const owner = claimOwner(portClaim(paths, { ...port, hostIp }));
    if (owner !== undefined) return { hostIp, owner };
  }
  return undefined;
}

/** Single addresses of the same family on which somebody has the port. */
function addressesWithPort(paths: HostPaths, { hostIp, hostPort, protocol }: PortMapping): string[] {
  const suffix = `_${hostPort}_${protocol}`;
  return listNames(portsDirectory(paths))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .filter((address) => address !== hostIp && everywhereLike(address) === hostIp);
}

function everywhereLike(hostIp: string): string {
  return hostIp.includes(":") ? "::" : "0.0.0.0";
}
