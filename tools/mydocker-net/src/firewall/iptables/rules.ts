import { isEverywhere } from "../../ports/port-spec.ts";
import type { FirewallNetwork, PortKey, Publication, RuleSet } from "../rule-set.ts";

export type Family = 4 | 6;

/** A chain of ours, and how packets get there. */
export interface Chain {
  table: "raw" | "mangle" | "nat" | "filter";
  name: string;
  jumps: string[];
  rules: string[];
  /** The administrator's: made where it is missing, and never flushed. */
  isKept?: boolean;
}

/** What the chains' names end with. */
const CHAINS = ["GUARD", "USER", "DNAT", "SNAT", "ISOLATE", "FORWARD"] as const;

export function chainName(prefix: string, chain: (typeof CHAINS)[number]): string {
  return `${prefix.toUpperCase()}-${chain}`;
}

/** Names of all chains that are or could be ours. */
export function chainNames(prefix: string): string[] {
  return CHAINS.map((chain) => chainName(prefix, chain));
}

/** All chains of one family, with what nft's table does. */
export function chainsOf(family: Family, rules: RuleSet, publications: Publication[]): Chain[] {
  const { prefix, networks } = rules;
  const bridges = networks.map(({ bridge }) => bridge);
  const guard = chainName(prefix, "GUARD");
  const user = chainName(prefix, "USER");
  const dnat = chainName(prefix, "DNAT");
  const snat = chainName(prefix, "SNAT");
  const isolate = chainName(prefix, "ISOLATE");
  const loopback = { 4: "127.0.0.0/8", 6: "::1/128" }[family];
  const local = `-m addrtype --dst-type LOCAL ${mark(prefix)} -j ${dnat}`;
  return [
    // route_localnet lets bridges carry 127/8; none may arrive from them. Before conntrack, which turns replies to masqueraded loopback traffic back.
    {
      table: "raw",
      name: guard,
      jumps: [`-A PREROUTING ${mark(prefix)} -j ${guard}`],
      rules: bridges.flatMap((bridge) =>
        ["-d", "-s"].map((end) => `-A ${guard} -i ${bridge} ${end} ${loopback} -j DROP`),
      ),
    },
    {
      table: "mangle",
      name: user,
      jumps: [`-A PREROUTING ${mark(prefix)} -j ${user}`],
      rules: [],
      isKept: true,
    },
    {
      table: "nat",
      name: dnat,
      jumps: [`-A PREROUTING ! -d ${loopback} ${local}`, `-A OUTPUT ${local}`],
      rules: publications.filter((port) => familyOf(port) === family).map((port) => renderRule(prefix, port)),
    },
    {
      table: "nat",
      name: snat,
      jumps: [`-A POSTROUTING ${mark(prefix)} -j ${snat}`],
      rules: [
        ...networks.flatMap((network) => renderMasquerade(snat, family, network)),
        ...bridges.map((bridge) => `-A ${snat} -s ${loopback} -o ${bridge} -j MASQUERADE`),
      ],
    },
    {
      table: "mangle",
      name: isolate,
      jumps: [`-A FORWARD ${mark(prefix)} -j ${isolate}`],
      rules: renderIsolation(isolate, networks),
    },
    admissionChain(rules),
  ];
}

/**
 * The chain that has a host forward for our networks what was not dropped before: in nft's table, or in the table mangle. An accept there is not the last word, and the
 * policy of FORWARD may be to drop, as docker sets it. In front of all other rules, as docker's and CNI's are: what a distribution has there by default
 * ends with rejecting everything.
 */
export function admissionChain({ prefix, networks, hostBridges }: RuleSet): Chain {
  const name = chainName(prefix, "FORWARD");
  return {
    table: "filter",
    name,
    jumps: [`-I FORWARD 1 ${mark(prefix)} -j ${name}`],
    rules: [
      ...networks.map(({ bridge }) => `-A ${name} -o ${bridge} -j ACCEPT`),
      ...renderOutwards(name, networks, hostBridges),
    ],
  };
}

/** Docker's bridges, whenever they come: what is forwarded to them is docker's to judge, which accepts what it has published. */
const DOCKERS_BRIDGES = ["docker0", "br-+"];

function renderOutwards(forward: string, networks: FirewallNetwork[], hostBridges: string[] = []): string[] {
  return [
    ...networks.flatMap(({ bridge }) => hostBridges.map((host) => `-A ${forward} -i ${bridge} -o ${host} -j ACCEPT`)),
    ...DOCKERS_BRIDGES.map((bridge) => `-A ${forward} -o ${bridge} -j RETURN`),
    ...networks.map(({ bridge }) => `-A ${forward} -i ${bridge} -j ACCEPT`),
  ];
}

/** Drops in a table that nobody else's accept comes before: docker's containers may go everywhere, says docker in FORWARD of the table filter. */
function renderIsolation(isolate: string, networks: FirewallNetwork[]): string[] {
  const each = (render: (bridge: string) => string, of: FirewallNetwork[] = networks) =>
    of.map(({ bridge }) => `-A ${isolate} ${render(bridge)}`);
  const internal = networks.filter((network) => network.internal === true);
  const isolated = networks.filter((network) => network.isolated);
  return [
    ...each((bridge) => `-o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`),
    ...each((bridge) => `-i ${bridge} -o ${bridge} -j RETURN`),
    ...each((bridge) => `-i ${bridge} -j DROP`, internal),
    ...each((bridge) => `-o ${bridge} -j DROP`, internal),
    ...each((bridge) => `-o ${bridge} -m conntrack --ctstate DNAT -j RETURN`),
    ...each((bridge) => `-o ${bridge} -j DROP`, isolated),
  ];
}

function renderMasquerade(
  snat: string,
  family: Family,
  { bridge, subnet, subnet6, masquerade }: FirewallNetwork,
): string[] {
  const source = family === 4 ? subnet : subnet6;
  if (source === undefined) return [];
  return [
    ...(masquerade ? [`-A ${snat} -s ${source} ! -o ${bridge} -j MASQUERADE`] : []),
    `-A ${snat} -s ${source} -o ${bridge} -m conntrack --ctstate DNAT -j MASQUERADE`,
  ];
}

/** The rule of a published port. */
export function renderRule(
  prefix: string,
  { hostIp, hostPort, containerPort, protocol, address }: Publication,
): string {
  const bound = isEverywhere(hostIp) ? "" : ` -d ${hostIp}`;
  const target = address.includes(":") ? `[${address}]` : address;
  const port = `-p ${protocol} -m ${protocol} --dport ${hostPort}`;
  return `-A ${chainName(prefix, "DNAT")}${bound} ${port} -j DNAT --to-destination ${target}:${containerPort}`;
}

export function familyOf({ hostIp }: Pick<PortKey, "hostIp">): Family {
  return hostIp.includes(":") ? 6 : 4;
}

/** Whose a rule in a chain of the host's is. */
function mark(prefix: string): string {
  return `-m comment --comment mydocker:${prefix}`;
}
