import type { HostPaths } from "@mydocker/state";
import { parseIp } from "../address/ip.ts";
import { parseHost, parseSubnet, type Subnet, subnetAround } from "../address/subnet.ts";
import { parseMac } from "../address-flags.ts";
import type { AddressRequest } from "../endpoint/make-claims.ts";
import type { Route } from "../link/batch.ts";
import { defaultRoutes } from "../link/default-routes.ts";
import { type Network, namedBridge, toRecord } from "../network/network.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniConfig, CniIpam, CniRange, CniResult, CniRoute } from "./cni-types.ts";
import type { CniCall } from "./parse-call.ts";

/** A network and a place in it. */
export interface NetworkPlace extends AddressRequest {
  network: Network;
  routes: Route[];
}

interface Place extends Pick<AddressRequest, "address" | "address6"> {
  subnet: Subnet;
  subnet6?: Subnet;
}

/** Whether another plugin gives the addresses. */
export function ipamPlugin(config: CniConfig): string | undefined {
  const type = config.ipam?.type;
  return type === undefined || type === "mydocker-net" ? undefined : type;
}

/**
 * What a call asks for. An address and a MAC come from the runtime's capabilities, its `args`, or CNI_ARGS.
 *
 * @param given what the IPAM plugin answered, where there is one
 * @throws CniError, MydockerError `USAGE`
 */
export function chooseNetwork(
  paths: HostPaths,
  { config, args }: Pick<CniCall, "config" | "args">,
  given: CniResult | undefined,
): NetworkPlace {
  const { runtimeConfig } = config;
  const wanted = runtimeConfig?.ips ?? config.args?.cni?.ips ?? (args.IP === undefined ? [] : [args.IP]);
  const { subnet, subnet6, ...addresses } = given === undefined ? ownPlace(config, wanted) : delegatedPlace(given);
  const mac = runtimeConfig?.mac ?? args.MAC;
  const network: Network = {
    name: config.name,
    bridge: config.bridge ?? namedBridge(paths, config.name),
    subnet,
    ...(subnet6 === undefined ? {} : { subnet6 }),
    masquerade: config.ipMasq ?? false,
    isolated: config.isolate ?? false,
    ...(config.mtu === undefined || config.mtu === 0 ? {} : { mtu: config.mtu }),
  };
  return {
    network,
    ...addresses,
    isDelegated: given !== undefined,
    ...(mac === undefined || mac === "" ? {} : { mac: parseMac(mac) }),
    routes: chooseRoutes(config, network, given?.routes ?? config.ipam?.routes ?? []),
  };
}

function ownPlace({ ipam = {}, runtimeConfig = {} }: CniConfig, wanted: string[]): Place {
  const subnets = chooseRanges(ipam, runtimeConfig.ipRanges).map(({ subnet, gateway, rangeStart, rangeEnd }) =>
    parseSubnet(subnet, { gateway, first: rangeStart, last: rangeEnd }),
  );
  const place = byFamily(subnets, ({ family }) => family, "ipam.ranges");
  const addresses = wanted.map((text) => text.replace(/\/\d+$/, ""));
  const ips = byFamily(addresses, (text) => (text.includes(":") ? 6 : 4), "ips");
  if (place.four === undefined)
    throw new CniError(CNI_CODE.unsupported, "ipam: expected an IPv4 subnet, and may have an IPv6 one");
  const [subnet, subnet6] = [place.four, place.six];
  return {
    subnet,
    ...(ips.four === undefined ? {} : { address: parseWanted(subnet, ips.four) }),
    ...(subnet6 === undefined ? {} : { subnet6 }),
    ...(ips.six === undefined ? {} : { address6: parseWanted(subnet6, ips.six) }),
  };
}

function parseWanted(subnet: Subnet | undefined, text: string): bigint {
  if (subnet === undefined) throw new CniError(CNI_CODE.config, `address ${text}: the network has no IPv6`);
  const address = parseHost(subnet, "address", text);
  if (address !== subnet.gateway) return address;
  throw new CniError(CNI_CODE.config, `address ${text} is the gateway of network ${subnet.text}`, "another address");
}

function chooseRanges(ipam: CniIpam, ipRanges: CniRange[][] = []): CniRange[] {
  const sets = [ipRanges, ipam.ranges ?? []].find((candidate) => candidate.length > 0);
  if (sets !== undefined) return sets.flat();
  const { subnet, ...others } = ipam;
  if (subnet !== undefined) return [{ ...others, subnet }];
  throw new CniError(CNI_CODE.config, "network configuration: ipam has no subnet", 'ipam: {"subnet": "10.88.0.0/16"}');
}

function delegatedPlace({ ips = [] }: CniResult): Place {
  const places = ips.map(({ address, gateway }) => ({ subnet: subnetAround(address, gateway), address }));
  const { four, six } = byFamily(places, ({ subnet }) => subnet.family, "ips of the IPAM plugin");
  if (four === undefined) throw new CniError(CNI_CODE.unsupported, "the IPAM plugin gave no IPv4 address");
  const parseAddress = (address: string) => parseIp(address.replace(/\/\d+$/, ""))?.value ?? 0n;
  return {
    subnet: four.subnet,
    address: parseAddress(four.address),
    ...(six === undefined ? {} : { subnet6: six.subnet, address6: parseAddress(six.address) }),
  };
}

function byFamily<T>(items: T[], familyOf: (item: T) => 4 | 6, what: string): { four?: T; six?: T } {
  const [four, ...moreFour] = items.filter((item) => familyOf(item) === 4);
  const [six, ...moreSix] = items.filter((item) => familyOf(item) === 6);
  if (moreFour.length + moreSix.length > 0) {
    throw new CniError(CNI_CODE.unsupported, `network configuration: ${what}: expected at most one of each family`);
  }
  return { ...(four === undefined ? {} : { four }), ...(six === undefined ? {} : { six }) };
}

function chooseRoutes({ isDefaultGateway }: CniConfig, network: Network, asked: CniRoute[]): Route[] {
  const { gateway, gateway6 } = toRecord(network);
  const routes = asked.map(({ dst, gw }) => parseRoute(dst, gw ?? (dst.includes(":") ? gateway6 : gateway) ?? ""));
  if (!(isDefaultGateway ?? asked.length === 0)) return routes;
  const known = routes.map(({ destination }) => destination);
  return [...routes, ...defaultRoutes(gateway, gateway6).filter(({ destination }) => !known.includes(destination))];
}

function parseRoute(destination: string, gateway: string): Route {
  const [address = "", prefix = ""] = destination.split("/");
  const family = parseIp(address)?.family;
  const most = family === 6 ? 128 : 32;
  const isSubnet = family !== undefined && /^\d{1,3}$/.test(prefix) && Number(prefix) <= most;
  if (isSubnet && parseIp(gateway)?.family === family) return { destination, gateway };
  throw new CniError(
    CNI_CODE.config,
    `route to ${JSON.stringify(destination)} by ${JSON.stringify(gateway)}: expected a subnet and an address of its family`,
  );
}
