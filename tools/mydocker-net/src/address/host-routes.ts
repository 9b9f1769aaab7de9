import type { Subnet } from "./subnet.ts";
import { formatAddress } from "./subnet.ts";

/** One line of /proc/net/route. */
export interface HostRoute {
  device: string;
  network: number;
  mask: number;
}

/** @param text of /proc/net/route: numbers are hexadecimal in the byte order of the network on a little-endian host */
export function parseRoutes(text: string): HostRoute[] {
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"))
    .filter((fields) => fields.length > 7)
    .map((fields) => ({
      device: fields[0] ?? "",
      network: fromLittleEndian(fields[1] ?? ""),
      mask: fromLittleEndian(fields[7] ?? ""),
    }));
}

/**
 * A route that the subnet would take traffic from, such as a VPN's; the default route does not count.
 *
 * @returns a description like `10.8.0.0 on tun0`, or undefined
 */
export function findOverlap(subnet: Subnet, routes: HostRoute[]): string | undefined {
  const found = routes.find(({ network, mask }) => {
    if (mask === 0) return false;
    const last = network + (0xffffffff - mask);
    return network <= subnet.broadcast && last >= subnet.network;
  });
  return found === undefined ? undefined : `${formatAddress(found.network)} on ${found.device}`;
}

function fromLittleEndian(hex: string): number {
  const bytes = /../g[Symbol.match](hex) ?? [];
  return Number.parseInt(bytes.toReversed().join("") || "0", 16);
}
