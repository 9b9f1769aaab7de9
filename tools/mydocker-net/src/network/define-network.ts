import { usageError } from "@mydocker/stage";
import type { HostRoute } from "../address/host-routes.ts";
import { formatIn, parseSubnet, type Subnet } from "../address/subnet.ts";
import { isLinkName } from "../link/link-name.ts";
import { chooseSubnet, findOverlapping, uniqueLocalSubnet } from "./choose-subnet.ts";
import { type NetworkDefinition, OWN_NAMES } from "./definition.ts";
import { isNetworkName } from "./network-name.ts";

/** What `network create` was asked for. */
export interface NetworkRequest {
  name: string;
  driver?: string | undefined;
  subnets: string[];
  gateways: string[];
  ranges: string[];
  ipv6: boolean;
  internal: boolean;
  labels: string[];
  options: string[];
}

/** What there is already. */
export interface Surroundings {
  /** Names with all their subnets. */
  networks: { name: string; subnets: Subnet[] }[];
  routes: HostRoute[];
}

/**
 * Decides what a network is to be.
 *
 * @param id 64 hex digits, of which the bridge's name and an IPv6 subnet are made
 * @throws MydockerError `USAGE`, `POOL_EXHAUSTED`
 */
export function defineNetwork(
  request: NetworkRequest,
  surroundings: Surroundings,
  { id, created }: Pick<NetworkDefinition, "id" | "created">,
): NetworkDefinition {
  const { name, driver = "bridge", internal } = request;
  if (!isNetworkName(name)) {
    throw usageError(`network name ${JSON.stringify(name)}: expected 1 to 64 letters, digits, "_", "." or "-"`);
  }
  if (OWN_NAMES.includes(name)) throw usageError(`network name "${name}" is mydocker's own`, "another name");
  const options = parsePairs("--opt", request.options);
  const parent = parseParent(driver, options, request);
  const { subnet, subnet6 } = chooseSubnets(request, surroundings, id);
  const bridge = options[OPTION.bridge] ?? `mb-${id.slice(0, 12)}`;
  if (!isLinkName(bridge)) {
    throw usageError(`bridge name ${JSON.stringify(bridge)}: expected at most 15 letters, digits, "_", "." or "-"`);
  }
  const mtu = parseMtu(options[OPTION.mtu] ?? options.mtu);
  return {
    name,
    id,
    created,
    bridge,
    subnet: subnet.text,
    gateway: formatIn(subnet, subnet.gateway),
    ...rangeOf("range", subnet, request.ranges),
    ...(subnet6 === undefined
      ? {}
      : {
          subnet6: subnet6.text,
          gateway6: formatIn(subnet6, subnet6.gateway),
          ...rangeOf("range6", subnet6, request.ranges),
        }),
    internal,
    isolated: parseBoolean("isolate", options.isolate ?? "true"),
    masquerade: parseBoolean(OPTION.masquerade, options[OPTION.masquerade] ?? "true"),
    ...(mtu === undefined ? {} : { mtu }),
    ...(parent === undefined ? {} : { parent }),
    labels: parsePairs("--label", request.labels),
    options,
  };
}

/** Options that docker has for its bridges. */
const OPTION = {
  bridge: "com.docker.network.bridge.name",
  mtu: "com.docker.network.driver.mtu",
  masquerade: "com.docker.network.bridge.enable_ip_masquerade",
};

function chooseSubnets(
  { subnets, gateways, ranges, ipv6, name }: NetworkRequest,
  { networks, routes }: Surroundings,
  id: string,
): { subnet: Subnet; subnet6?: Subnet } {
  const asked = subnets.map((text) => parseSubnet(text));
  const of = (family: 4 | 6): Subnet | undefined => {
    const found = asked.filter((subnet) => subnet.family === family);
    if (found.length > 1) throw usageError(`--subnet: expected at most one of IPv${family}, got ${found.length}`);
    return found[0];
  };
  const taken = networks.flatMap((network) => network.subnets);
  const subnet = of(4) ?? chooseSubnet(taken, routes);
  const subnet6 = of(6) ?? (ipv6 ? uniqueLocalSubnet(id) : undefined);
  const chosen = refine([subnet, ...(subnet6 === undefined ? [] : [subnet6])], gateways, ranges);
  for (const one of chosen) {
    const holder = networks.find((network) => findOverlapping(one, network.subnets) !== undefined);
    if (holder !== undefined)
      throw usageError(
        `network ${name}: subnet ${one.text} overlaps with network ${holder.name}'s`,
        "another --subnet",
      );
  }
  const [four = subnet, six] = chosen;
  return { subnet: four, ...(six === undefined ? {} : { subnet6: six }) };
}

/** Gives each subnet the gateway and the range that are in it. */
function refine(subnets: Subnet[], gateways: string[], ranges: string[]): Subnet[] {
  const left = new Set([...gateways, ...ranges]);
  const refined = subnets.map((subnet) => {
    const gateway = gateways.find((text) => text.includes(":") === (subnet.family === 6));
    const range = ranges.find((text) => text.includes(":") === (subnet.family === 6));
    left.delete(gateway ?? "");
    left.delete(range ?? "");
    return parseSubnet(subnet.text, { gateway, ...(range === undefined ? {} : boundsOf(subnet, range)) });
  });
  const [unused] = left;
  if (unused !== undefined)
    throw usageError(`${JSON.stringify(unused)}: there is no subnet for it`, "a --subnet that it is in");
  return refined;
}

/** First and last address of `--ip-range`, which is a subnet within the subnet. */
function boundsOf(subnet: Subnet, text: string): { first: string; last: string } {
  const [, prefix = ""] = text.split("/");
  if (!/^\d{1,3}$/.test(prefix))
    throw usageError(`--ip-range ${JSON.stringify(text)}: expected a subnet like ${subnet.text}`);
  const bits = BigInt({ 4: 32, 6: 128 }[subnet.family] - Number(prefix));
  const [address = ""] = text.split("/");
  const base = parseSubnet(`${address}/${Math.min(Number(prefix), { 4: 29, 6: 125 }[subnet.family])}`);
  const end = base.network + (bits > 0n ? 1n << bits : 1n) - 1n;
  if (base.network < subnet.network || end > subnet.end)
    throw usageError(`--ip-range ${text} is not in subnet ${subnet.text}`);
  const first = base.network === subnet.network ? base.network + 1n : base.network;
  return { first: formatIn(subnet, first), last: formatIn(subnet, end === subnet.end ? end - 1n : end) };
}

function rangeOf(member: "range" | "range6", subnet: Subnet, ranges: string[]): Partial<NetworkDefinition> {
  const text = ranges.find((range) => range.includes(":") === (subnet.family === 6));
  if (text === undefined) return {};
  return { [member]: { text, first: formatIn(subnet, subnet.first), last: formatIn(subnet, subnet.last) } };
}

function parsePairs(flag: string, texts: string[]): Record<string, string> {
  const pairs = texts.map((text) => {
    const equals = text.indexOf("=");
    const [key, value] = equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    if (key === "") throw usageError(`${flag} ${JSON.stringify(text)}: expected KEY=VALUE`);
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

/** A macvlan is part of a network that is there: its subnet cannot be made up, and its parent has to be named. */
function parseParent(driver: string, { parent }: Record<string, string>, request: NetworkRequest): string | undefined {
  if (driver === "bridge" && parent === undefined) return undefined;
  if (driver === "bridge") throw usageError("--opt parent is for the driver macvlan", "-d macvlan");
  if (driver !== "macvlan") throw usageError(`driver ${JSON.stringify(driver)}: expected bridge or macvlan`);
  if (parent === undefined || !isLinkName(parent)) {
    throw usageError(
      `network ${request.name}: a macvlan needs a link of the host that it is part of`,
      "-o parent=eth0",
    );
  }
  if (request.subnets.length === 0) {
    throw usageError(
      `network ${request.name}: a macvlan needs the subnet that its link is in`,
      "--subnet, and --gateway",
    );
  }
  if (request.internal)
    throw usageError(`network ${request.name}: a macvlan cannot be internal: no rule of the host sees it`);
  return parent;
}

function parseMtu(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // 68 is the least that IPv4 works with (RFC 791).
  if (/^\d{2,5}$/.test(text) && Number(text) >= 68 && Number(text) <= 65535) return Number(text);
  throw usageError(`mtu ${JSON.stringify(text)}: expected a number from 68 to 65535`);
}

function parseBoolean(option: string, text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw usageError(`--opt ${option}: expected true or false, got ${JSON.stringify(text)}`);
}
