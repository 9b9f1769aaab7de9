import type { EndpointNames } from "../endpoint/names.ts";

/** What `ip` needs to know of an endpoint. */
export interface EndpointLink extends Pick<EndpointNames, "netns" | "link"> {
  bridge: string;
  mac: string;
  /** With prefix length. */
  address: string;
  gateway: string;
  /** Whether it may reach itself through a port it published. */
  hairpin: boolean;
}

/**
 * Makes the namespace and the veth, from the host's side. The peer is made inside the namespace under its final name:
 * moving or renaming it afterwards would wait for an RCU grace period.
 */
export function renderHostBatch({ netns, link, bridge, mac, hairpin }: EndpointLink): string {
  return lines([
    `netns add ${netns}`,
    `link add name ${link} up master ${bridge} type veth peer name eth0 address ${mac} netns ${netns}`,
    // br_netfilter turns a packet to a published port around on the bridge port it came in by.
    ...(hairpin ? [`link set dev ${link} type bridge_slave hairpin on`] : []),
  ]);
}

/** Finishes the inside. */
export function renderNetnsBatch({ address, gateway }: EndpointLink): string {
  return lines([
    "link set dev lo up",
    "link set dev eth0 up",
    `address add ${address} broadcast + dev eth0`,
    `route add default via ${gateway}`,
  ]);
}

/**
 * Takes an endpoint away.
 *
 * @param held a process may still be in the namespace, which then would keep the veth: delete the link itself, which
 *   waits for the kernel. Otherwise it goes with the namespace a little later, and is off the bridge at once.
 */
export function renderRemoval(present: { netns?: string; link?: string }, held: boolean): string {
  const { netns, link } = present;
  const takeLink = held || netns === undefined ? `link delete dev ${link}` : `link set dev ${link} down nomaster`;
  return lines([...(link === undefined ? [] : [takeLink]), ...(netns === undefined ? [] : [`netns delete ${netns}`])]);
}

/** The bridge with its address; an explicit MAC, because otherwise it changes with the ports that come and go. */
export function renderBridge(bridge: string, mac: string, address: string, exists: boolean): string {
  return lines([
    ...(exists ? [] : [`link add name ${bridge} address ${mac} type bridge`]),
    `address replace ${address} broadcast + dev ${bridge}`,
    `link set dev ${bridge} up`,
  ]);
}

function lines(commands: string[]): string {
  return commands.map((command) => `${command}\n`).join("");
}
