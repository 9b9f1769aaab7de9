import { type Flags, type FlagValues, MydockerError, usageError } from "@mydocker/stage";
import { parseHost, type Subnet } from "./address/subnet.ts";
import type { AddressRequest } from "./endpoint/make-claims.ts";
import type { Network } from "./network/network.ts";

/** For the addresses of a container on a network. */
export const ADDRESS_FLAGS = {
  ip: { type: "string", value: "ADDRESS", description: "IPv4 address to have on the network" },
  ip6: { type: "string", value: "ADDRESS", description: "IPv6 address to have on the network" },
  "mac-address": { type: "string", value: "MAC", description: "MAC address to have on the network" },
} as const satisfies Flags;

type AddressFlags = FlagValues<typeof ADDRESS_FLAGS>;

/** @throws MydockerError `USAGE`, `NO_IPV6` */
export function parseWanted(network: Network, flags: AddressFlags): AddressRequest {
  const { subnet, subnet6, name } = network;
  if (flags.ip6 !== undefined && subnet6 === undefined) {
    throw new MydockerError(`--ip6 ${flags.ip6}: network ${name} has no IPv6`, {
      code: "NO_IPV6",
      hint: "a network made with --ipv6",
    });
  }
  return {
    ...(flags.ip === undefined ? {} : { address: parseAddress("--ip", subnet, flags.ip) }),
    ...(flags.ip6 === undefined || subnet6 === undefined
      ? {}
      : { address6: parseAddress("--ip6", subnet6, flags.ip6) }),
    ...(flags["mac-address"] === undefined ? {} : { mac: parseMac(flags["mac-address"]) }),
  };
}

/** @throws MydockerError where an address is asked for on what has none to give */
export function refuseAddresses(network: string, flags: AddressFlags): void {
  const given = (["ip", "ip6", "mac-address"] as const).find((name) => flags[name] !== undefined);
  if (given !== undefined)
    throw usageError(`--${given} is for networks with addresses of their own, not for ${network}`);
}

function parseAddress(flag: string, subnet: Subnet, text: string): bigint {
  const address = parseHost(subnet, flag, text);
  if (address === subnet.gateway) throw usageError(`${flag} ${text} is the gateway of the network`, "another address");
  return address;
}

/** @returns in lower case. @throws MydockerError `USAGE` for what is none, or a group's */
export function parseMac(text: string): string {
  const mac = text.toLowerCase();
  // The lowest bit of the first byte marks a group of stations (IEEE 802).
  if (/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac)) return mac;
  throw usageError(`MAC address ${JSON.stringify(text)}: expected one like 02:42:0a:58:00:02`);
}
