import type { EndpointNames } from "../endpoint/names.ts";

/** What `ip` needs to know of an endpoint. */
export interface EndpointLink extends Pick<EndpointNames, "link"> {
  /** The namespace: a name below /run/netns that is to be made, or the path of one that is there. */
  netns: string;
  /** Name of the interface in the namespace. */
  ifname: string;
  bridge: string;
  /** Of a macvlan, in place of a bridge. */
  parent?: string | undefined;
  mac: string;
  /** With prefix length. */
  address: string;
  address6?: string | undefined;
  routes: Route[];
  /** Whether it may reach itself through a port it published. */
  hairpin: boolean;
  mtu?: number | undefined;
}

export interface Route {
  /** A subnet of either family. */
  destination: string;
  gateway: string;
}

/**
 * Makes the namespace and the veth, from the host's side. The peer is made inside the namespace under its final name:
 * moving or renaming it afterwards would wait for an RCU grace period.
 */
export function renderHostBatch({ netns, ifname, link, bridge, parent, mac, hairpin, mtu }: EndpointLink): string {
  const size = mtu === undefined ? "" : ` mtu ${mtu}`;
  const addNamespace = netns.startsWith("/") ? [] : [`netns add ${netns}`];
  if (parent !== undefined) {
    const inside = `name ${ifname} netns ${netns} address ${mac}${size}`;
    return lines([...addNamespace, `link add link ${parent} ${inside} type macvlan mode bridge`]);
  }
  return lines([
    ...addNamespace,
    `link add name ${link} up${size} master ${bridge} type veth peer name ${ifname} address ${mac}${size} netns ${netns}`,
    // br_netfilter turns a packet to a published port around on the bridge port it came in by.
    ...(hairpin ? [`link set dev ${link} type bridge_slave hairpin on`] : []),
  ]);
}

/** Finishes the inside. */
export function renderNetnsBatch({ ifname, address, address6, routes }: EndpointLink): string {
  return lines([
    "link set dev lo up",
    `link set dev ${ifname} up`,
    `address add ${address} broadcast + dev ${ifname}`,
    // It is nobody else's: that is what the claim is for.
    ...(address6 === undefined ? [] : [`address add ${address6} dev ${ifname} nodad`]),
    // Appended: the way out that a namespace already has, by its first network, stays.
    ...routes.map(({ destination, gateway }) => `route append ${destination} via ${gateway} dev ${ifname}`),
  ]);
}

/**
 * Takes an endpoint away.
 *
 * @param held a process may still be in the namespace, which then would keep the veth: delete the link itself, which
 *   waits for the kernel. Otherwise it goes with the namespace a little later, and is off the bridge at once.
 */
export function renderRemoval(present: { netns?: string; link?: string; mirror?: string }, held: boolean): string {
  const { netns, link, mirror } = present;
  const takeLink = held || netns === undefined ? `link delete dev ${link}` : `link set dev ${link} down nomaster`;
  const takeMirror = mirror === undefined ? [] : [`link delete dev ${mirror}`];
  return lines([
    ...takeMirror,
    ...(link === undefined ? [] : [takeLink]),
    ...(netns === undefined ? [] : [`netns delete ${netns}`]),
  ]);
}

export interface BridgeLink {
  bridge: string;
  mac: string;
  /** With prefix length. */
  address: string;
  address6?: string | undefined;
  mtu?: number | undefined;
}

/** The bridge, which has no address yet; an explicit MAC, because otherwise it changes with the ports that come and go. */
export function renderBridge({ bridge, mac, mtu }: BridgeLink, exists: boolean): string {
  return lines([
    ...(exists ? [] : [`link add name ${bridge} address ${mac} type bridge`]),
    ...(mtu === undefined ? [] : [`link set dev ${bridge} mtu ${mtu}`]),
  ]);
}

/** The bridge's addresses. */
export function renderBridgeAddresses({ bridge, address, address6 }: BridgeLink): string {
  return lines([
    `address replace ${address} broadcast + dev ${bridge}`,
    `link set dev ${bridge} up`,
    ...(address6 === undefined ? [] : [`address replace ${address6} dev ${bridge} nodad`]),
  ]);
}

/**
 * What answers to a connection to [::1] arrives on the bridge and is for ::1, which the kernel looks up among the bridge's own routes alone
 * (`rt6_need_strict`): so ::1 is local there too, after lo. Appended, for `replace` would take another bridge's; where it is there already, it fails.
 */
export function renderLoopbackRoute({ bridge }: Pick<BridgeLink, "bridge">): string {
  return `route append local ::1 dev ${bridge} table local metric 1024\n`;
}

function lines(commands: string[]): string {
  return commands.map((command) => `${command}\n`).join("");
}
