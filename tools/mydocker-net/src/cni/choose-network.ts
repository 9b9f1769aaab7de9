import type { HostPaths } from "@mydocker/state";
import { formatAddress, parseAddress, parseHost, parseSubnet, type Subnet, subnetAround } from "../address/subnet.ts";
import type { AddressRequest } from "../endpoint/make-claims.ts";
import type { Route } from "../link/batch.ts";
import { type Network, namedBridge } from "../network/network.ts";
import { CNI_CODE, CniError } from "./cni-error.ts";
import type { CniConfig, CniIpam, CniRange, CniResult, CniRoute } from "./cni-types.ts";
import type { CniCall } from "./parse-call.ts";

/** A network and a place in it. */
export interface NetworkPlace extends AddressRequest {
  network: Network;
  routes: Route[];
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
  const place = given === undefined ? ownPlace(config, wanted) : delegatedPlace(given);
  const { subnet, address } = place;
  const network: Network = {
    name: config.name,
    bridge: config.bridge ?? namedBridge(paths, config.name),
    subnet,
    masquerade: config.ipMasq ?? false,
    isolated: config.isolate ?? false,
    ...(config.mtu === undefined || config.mtu === 0 ? {} : { mtu: config.mtu }),
  };
  const mac = runtimeConfig?.mac ?? args.MAC;
  return {
    network,
    ...(address === undefined ? {} : { address }),
    isDelegated: given !== undefined,
    ...(mac === undefined || mac === "" ? {} : { mac: parseMac(mac) }),
    routes: chooseRoutes(config, subnet, given?.routes ?? config.ipam?.routes ?? []),
  };
}

function ownPlace(
  { ipam = {}, runtimeConfig = {} }: CniConfig,
  [wanted, ...others]: string[],
): { subnet: Subnet; address?: number } {
  const { subnet: text, gateway, rangeStart, rangeEnd } = chooseRange(ipam, runtimeConfig.ipRanges);
  const subnet = parseSubnet(text, { gateway, first: rangeStart, last: rangeEnd });
  if (others.length > 0) throw oneOnly("ips");
  if (wanted === undefined) return { subnet };
  const address = parseHost(text, subnet, "address", wanted.replace(/\/\d+$/, ""));
  if (address !== subnet.gateway) return { subnet, address };
  throw new CniError(CNI_CODE.config, `address ${wanted} is the gateway of network ${text}`, "another address");
}

function chooseRange(ipam: CniIpam, ipRanges: CniRange[][] = []): CniRange {
  const sets = [ipRanges, ipam.ranges ?? []].find((candidate) => candidate.length > 0);
  if (sets === undefined) {
    const { subnet, ...others } = ipam;
    if (subnet !== undefined) return { ...others, subnet };
    throw new CniError(
      CNI_CODE.config,
      "network configuration: ipam has no subnet",
      'ipam: {"subnet": "10.88.0.0/16"}',
    );
  }
  const [range, ...others] = sets.flat();
  if (range === undefined || others.length > 0) throw oneOnly("ipam.ranges");
  return range;
}

function oneOnly(member: string): CniError {
  return new CniError(CNI_CODE.unsupported, `network configuration: ${member}: expected exactly one`);
}

function delegatedPlace({ ips = [] }: CniResult): { subnet: Subnet; address: number } {
  const [ip, ...others] = ips;
  if (ip === undefined || others.length > 0 || ip.address.includes(":")) {
    throw new CniError(
      CNI_CODE.unsupported,
      `the IPAM plugin gave ${JSON.stringify(ips.map(({ address }) => address))}: expected one IPv4 address`,
    );
  }
  return { subnet: subnetAround(ip.address, ip.gateway), address: parseAddress(ip.address.replace(/\/\d+$/, "")) ?? 0 };
}

function chooseRoutes({ isDefaultGateway }: CniConfig, { gateway }: Subnet, asked: CniRoute[]): Route[] {
  const bridge = formatAddress(gateway);
  const routes = asked.map(({ dst, gw }) => parseRoute(dst, gw ?? bridge));
  const wantsDefault = isDefaultGateway ?? asked.length === 0;
  const hasDefault = routes.some(({ destination }) => destination === EVERYWHERE);
  return wantsDefault && !hasDefault ? [...routes, { destination: EVERYWHERE, gateway: bridge }] : routes;
}

const EVERYWHERE = "0.0.0.0/0";

function parseRoute(destination: string, gateway: string): Route {
  const [address = "", prefix = ""] = destination.split("/");
  const isSubnet = parseAddress(address) !== undefined && /^([0-9]|[12][0-9]|3[0-2])$/.test(prefix);
  if (isSubnet && parseAddress(gateway) !== undefined) return { destination, gateway };
  throw new CniError(
    CNI_CODE.config,
    `route to ${JSON.stringify(destination)} by ${JSON.stringify(gateway)}: expected an IPv4 subnet and an address`,
  );
}

function parseMac(text: string): string {
  const mac = text.toLowerCase();
  // The lowest bit of the first byte marks a group of stations (IEEE 802).
  if (/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac)) return mac;
  throw new CniError(CNI_CODE.config, `MAC address ${JSON.stringify(text)}: expected one like 02:42:0a:58:00:02`);
}
