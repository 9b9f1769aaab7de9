import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { claim, type HostPaths } from "@mydocker/state";
import { addressesDirectory } from "../endpoint/names.ts";
import { listNames } from "../endpoint/record.ts";
import { firstFreeAddress, formatIn, type Subnet } from "./subnet.ts";

/**
 * Claims the first free address of a bridge's subnet for a container.
 *
 * @returns the address, or undefined where every one is taken
 */
export function claimAddress(paths: HostPaths, bridge: string, subnet: Subnet, id: string): bigint | undefined {
  const taken = new Set(listNames(addressesDirectory(paths, bridge)));
  for (;;) {
    const address = firstFreeAddress(subnet, taken);
    if (address === undefined) return undefined;
    const text = formatIn(subnet, address);
    if (claimGivenAddress(paths, bridge, text, id) === undefined) return address;
    taken.add(text);
  }
}

/**
 * Claims one address for a container.
 *
 * @returns undefined when it is ours now, or whose it is
 */
export function claimGivenAddress(paths: HostPaths, bridge: string, address: string, id: string): string | undefined {
  return claim(addressClaim(paths, bridge, address), id);
}

/** @param address with or without prefix length */
export function addressClaim(paths: HostPaths, bridge: string, address: string): string {
  return join(addressesDirectory(paths, bridge), address.replace(/\/\d+$/, ""));
}

export function subnetFull(network: string, subnet: Subnet): MydockerError {
  return new MydockerError(`network ${network}: no free address in ${subnet.text}`, {
    code: "SUBNET_FULL",
    hint: "remove containers, or give it a larger subnet once none is left",
  });
}
