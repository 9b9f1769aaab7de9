import { readFileSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { BITS, formatIp } from "./ip.ts";
import type { Subnet } from "./subnet.ts";

/** A route of the host. */
export interface HostRoute {
  device: string;
  family: 4 | 6;
  network: bigint;
  prefixLength: number;
}

/** The routes of the host's main and local tables. */
export function readHostRoutes(): HostRoute[] {
  const read = (file: string) => unlessErrno(["ENOENT"], () => readFileSync(`/proc/net/${file}`, "utf8")) ?? "";
  return [...parseRoutes(read("route")), ...parseRoutes6(read("ipv6_route"))];
}

/** @param text of /proc/net/route: numbers are hexadecimal in the byte order of the network on a little-endian host */
export function parseRoutes(text: string): HostRoute[] {
  return text
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"))
    .filter((fields) => fields.length > 7)
    .map(([device = "", destination = "", , , , , , mask = ""]) => ({
      device,
      family: 4,
      network: fromLittleEndian(destination),
      prefixLength: 32 - (0xffffffffn - fromLittleEndian(mask)).toString(2).replace(/^0$/, "").length,
    }));
}

/** @param text of /proc/net/ipv6_route; a route that is the kernel's own, or rejects, takes no traffic */
export function parseRoutes6(text: string): HostRoute[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 10 && fields[9] !== "lo")
    .map((fields) => ({
      device: fields[9] ?? "",
      family: 6 as const,
      network: BigInt(`0x${fields[0]}`),
      prefixLength: Number.parseInt(fields[1] ?? "", 16),
    }))
    .filter(({ network }) => network >> 120n !== MULTICAST && network >> 118n !== LINK_LOCAL);
}

const MULTICAST = 0xffn;
/** fe80::/10: every link has it. */
const LINK_LOCAL = 0xfe80n >> 6n;

/**
 * A route that the subnet would take traffic from, such as a VPN's; the default route does not count.
 *
 * @returns a description like `10.8.0.0 on tun0`, or undefined
 */
export function findOverlap(subnet: Subnet, routes: HostRoute[]): string | undefined {
  const found = routes.find(({ family, network, prefixLength }) => {
    if (family !== subnet.family || prefixLength === 0) return false;
    const end = network + (1n << BigInt(BITS[family] - prefixLength)) - 1n;
    return network <= subnet.end && end >= subnet.network;
  });
  return found === undefined
    ? undefined
    : `${formatIp({ family: found.family, value: found.network })} on ${found.device}`;
}

function fromLittleEndian(hex: string): bigint {
  const bytes = /../g[Symbol.match](hex) ?? [];
  return BigInt(`0x${bytes.toReversed().join("") || "0"}`);
}
