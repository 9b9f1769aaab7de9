import { MydockerError } from "@mydocker/stage";
import { findOverlap, type HostRoute } from "../address/host-routes.ts";
import { parseSubnet, type Subnet } from "../address/subnet.ts";

/** Where networks get their subnets when none is asked for: 10.89.0.0/16 in pieces, and then 172.30 and 172.31. */
export const POOL: string[] = [
  ...Array.from({ length: 256 }, (_, index) => `10.89.${index}.0/24`),
  "172.30.0.0/16",
  "172.31.0.0/16",
];

/**
 * The first subnet of the pool that neither a network has nor a route of the host leads into.
 *
 * @throws MydockerError `POOL_EXHAUSTED`
 */
export function chooseSubnet(taken: Subnet[], routes: HostRoute[], pool: string[] = POOL): Subnet {
  for (const text of pool) {
    const subnet = parseSubnet(text);
    if (findOverlap(subnet, routes) === undefined && findOverlapping(subnet, taken) === undefined) return subnet;
  }
  throw new MydockerError(`no free subnet in ${pool[0]} to ${pool.at(-1)}`, {
    code: "POOL_EXHAUSTED",
    hint: "--subnet with one that is free, or mydocker network prune",
  });
}

export function findOverlapping<T extends Pick<Subnet, "family" | "network" | "end">>(
  subnet: Subnet,
  others: T[],
): T | undefined {
  return others.find(
    ({ family, network, end }) => family === subnet.family && network <= subnet.end && end >= subnet.network,
  );
}

/** A subnet of a network's own (RFC 4193: fd and 40 bits that nobody else is likely to have). @param seed 64 hex digits */
export function uniqueLocalSubnet(seed: string): Subnet {
  return parseSubnet(`fd${seed.slice(0, 2)}:${seed.slice(2, 6)}:${seed.slice(6, 10)}::/64`);
}
