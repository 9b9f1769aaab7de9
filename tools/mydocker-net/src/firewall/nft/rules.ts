import { isEverywhere } from "../../ports/port-spec.ts";
import type { FirewallNetwork, PortKey, Publication, RuleSet } from "../rule-set.ts";

/**
 * The whole table, replacing what there was in one transaction. Ports are elements of maps, so that a look-up and a
 * change cost the same with one port and with a thousand: `published` for those on every address, `bound` for those
 * on one; IPv6 has two of its own.
 */
export function renderTable({ prefix, networks }: RuleSet, publications: Publication[]): string {
  const inMap = (map: string) =>
    renderElements(publications.filter((publication) => mapOf(publication) === map).map(renderMapping));
  return [
    // "add, delete, add": delete alone fails where there is no table yet.
    `add table inet ${prefix}`,
    `delete table inet ${prefix}`,
    `table inet ${prefix} {`,
    ...(["published", "published6", "bound", "bound6"] as const).flatMap((map) => [
      `  map ${map} {`,
      `    type ${MAP_TYPE[map]}`,
      ...inMap(map),
      "  }",
    ]),
    ...renderBridgeSet("bridges", networks),
    ...renderBridgeSet(
      "isolated",
      networks.filter(({ isolated }) => isolated),
    ),
    ...renderBridgeSet(
      "internal",
      networks.filter(({ internal }) => internal === true),
    ),
    "  set within {",
    "    type ifname . ifname",
    ...renderElements(networks.map(({ bridge }) => `"${bridge}" . "${bridge}"`)),
    "  }",
    // route_localnet lets bridges carry 127/8; none may arrive from them. Before conntrack, which turns replies
    // to masqueraded loopback traffic back into 127.0.0.1.
    "  chain guard {",
    "    type filter hook prerouting priority raw; policy accept;",
    "    iifname @bridges ip daddr 127.0.0.0/8 drop",
    "    iifname @bridges ip saddr 127.0.0.0/8 drop",
    "  }",
    // What is bound to 127.0.0.1 is never for a packet that arrives from somewhere (moby#45610).
    "  chain prerouting {",
    "    type nat hook prerouting priority dstnat; policy accept;",
    "    ip daddr 127.0.0.0/8 return",
    "    jump publish",
    "  }",
    "  chain output {",
    "    type nat hook output priority -100; policy accept;",
    "    jump publish",
    "  }",
    "  chain publish {",
    "    dnat ip to ip daddr . meta l4proto . th dport map @bound",
    "    dnat ip6 to ip6 daddr . meta l4proto . th dport map @bound6",
    "    meta nfproto ipv4 fib daddr type local dnat ip to meta l4proto . th dport map @published",
    "    meta nfproto ipv6 fib daddr type local dnat ip6 to meta l4proto . th dport map @published6",
    "  }",
    // On the same bridge: a container that goes through a published port to one beside it, or to itself, would get its answer
    // from an address it did not ask. 127/8: 127.0.0.1 means something else in the container.
    "  chain postrouting {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    ...networks.flatMap(renderMasquerade),
    "    ip saddr 127.0.0.0/8 oifname @bridges masquerade",
    "    ip6 saddr ::1 oifname @bridges masquerade",
    "  }",
    // Forwarding is on: without this, whoever routes to the subnet reaches ports nobody published, and so does the network beside it.
    "  chain forward {",
    "    type filter hook forward priority filter; policy accept;",
    "    ct state established,related accept",
    "    meta iifname . meta oifname @within accept",
    "    iifname @internal drop",
    "    oifname @internal drop",
    "    ct status dnat accept",
    "    oifname @isolated drop",
    "  }",
    "}",
    "",
  ].join("\n");
}

function renderBridgeSet(name: string, networks: FirewallNetwork[]): string[] {
  return [`  set ${name} {`, "    type ifname", ...renderElements(networks.map(({ bridge }) => `"${bridge}"`)), "  }"];
}

function renderMasquerade({ bridge, subnet, subnet6, masquerade }: FirewallNetwork): string[] {
  const sources = [`ip saddr ${subnet}`, ...(subnet6 === undefined ? [] : [`ip6 saddr ${subnet6}`])];
  return sources.flatMap((source) => [
    ...(masquerade ? [`    ${source} oifname != "${bridge}" masquerade`] : []),
    `    ${source} oifname "${bridge}" ct status dnat masquerade`,
  ]);
}

/** nft refuses an empty list of elements. */
function renderElements(elements: string[]): string[] {
  return elements.length === 0 ? [] : [`    elements = { ${elements.join(", ")} }`];
}

/**
 * The administrator's chain: a table of its own, which loading ours leaves alone. A packet is there as it arrived: after conntrack (-200), which knows its
 * state, and before it is translated (-100).
 */
export function renderUserChain(prefix: string): string {
  return [
    `add table inet ${prefix}-user`,
    `add chain inet ${prefix}-user published { type filter hook prerouting priority mangle; policy accept; }`,
    "",
  ].join("\n");
}

/** Adds ports, as one transaction. */
export function renderAdd(table: string, publications: Publication[]): string {
  return publications
    .map((publication) => `add element inet ${table} ${mapOf(publication)} { ${renderMapping(publication)} }`)
    .join("; ");
}

/** Deletes ports, as one transaction. nft looks at keys only: the caller must know that they are the container's own. */
export function renderDelete(table: string, ports: PortKey[]): string {
  return ports.map((port) => `delete element inet ${table} ${mapOf(port)} { ${renderKey(port)} }`).join("; ");
}

type PortMap = "published" | "published6" | "bound" | "bound6";

const MAP_TYPE: Record<PortMap, string> = {
  published: "inet_proto . inet_service : ipv4_addr . inet_service",
  published6: "inet_proto . inet_service : ipv6_addr . inet_service",
  bound: "ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service",
  bound6: "ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service",
};

/** Which of the maps a port is in. */
function mapOf({ hostIp }: { hostIp: string }): PortMap {
  const map = isEverywhere(hostIp) ? "published" : "bound";
  return hostIp.includes(":") ? `${map}6` : map;
}

function renderMapping(publication: Publication): string {
  return `${renderKey(publication)} : ${publication.address} . ${publication.containerPort}`;
}

function renderKey({ hostIp, hostPort, protocol }: PortKey): string {
  return isEverywhere(hostIp) ? `${protocol} . ${hostPort}` : `${hostIp} . ${protocol} . ${hostPort}`;
}
