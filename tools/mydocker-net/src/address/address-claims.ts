import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { claim, type HostPaths } from "@mydocker/state";
import { addressesDirectory } from "../endpoint/names.ts";
import { listClaims } from "../endpoint/record.ts";
import type { Network } from "../network/network.ts";
import { firstFreeAddress, formatAddress, parseAddress, type Subnet } from "./subnet.ts";

/**
 * Claims the first free address of a bridge's subnet for a container.
 *
 * @returns the address, or undefined where every one is taken
 */
export function claimAddress(paths: HostPaths, bridge: string, subnet: Subnet, id: string): number | undefined {
  const directory = addressesDirectory(paths, bridge);
  const taken = new Set(listClaims(directory).map(({ name }) => parseAddress(name) ?? 0));
  for (;;) {
    const address = firstFreeAddress(subnet, taken);
    if (address === undefined) return undefined;
    if (claim(join(directory, formatAddress(address)), id) === undefined) return address;
    taken.add(address);
  }
}

/**
 * Claims one address for a container.
 *
 * @returns undefined when it is ours now, or whose it is
 */
export function claimGivenAddress(paths: HostPaths, bridge: string, address: number, id: string): string | undefined {
  return claim(join(addressesDirectory(paths, bridge), formatAddress(address)), id);
}

export function addressClaim(paths: HostPaths, bridge: string, address: string): string {
  return join(addressesDirectory(paths, bridge), address.replace(/\/\d+$/, ""));
}

export function subnetFull({ name, subnet }: Network): MydockerError {
  return new MydockerError(`network ${name}: no free address in ${subnet.text}`, {
    code: "SUBNET_FULL",
    hint: "remove containers, or give it a larger subnet once none is left",
  });
}
