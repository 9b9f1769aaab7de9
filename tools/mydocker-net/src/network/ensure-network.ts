import { writeFileSync } from "node:fs";
import { MydockerError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { findOverlap, type HostRoute, readHostRoutes } from "../address/host-routes.ts";
import { formatWithPrefix, macOf, type Subnet } from "../address/subnet.ts";
import { listEndpointsOn } from "../endpoint/record.ts";
import { loadTable, warnOfDropping } from "../firewall/table.ts";
import { type BridgeLink, renderBridge, renderBridgeAddresses, renderLoopbackRoute } from "../link/batch.ts";
import { enableForwarding, isForwarding } from "../link/forwarding.ts";
import { ipBatch, ipBatchLenient } from "../link/ip.ts";
import { bridgeExists, linkExists } from "../link/links.ts";
import { withNetworkLock } from "../network-lock.ts";
import { isMarkedReady, listMade, markReady, readMade, writeMade } from "./bridge-state.ts";
import { defaultBridge, type Network, type NetworkRecord, toRecord } from "./network.ts";

/**
 * Makes a network's bridge and its rules unless they are there. Call it after the endpoint's record is written: `gc`
 * takes the marker away first and then looks for records, so one of the two always sees the other.
 *
 * @param id of the endpoint that needs it
 * @throws MydockerError when the subnet, or a link of that name, is somebody else's
 */
export async function ensureNetwork(paths: HostPaths, network: Network, id: string): Promise<void> {
  if (network.parent !== undefined) return requireParent(network.name, network.parent);
  if (isReady(paths, network)) return;
  await withNetworkLock(async () => {
    if (isReady(paths, network)) return;
    const { bridge } = network;
    const others = listMade(paths).filter((other) => other.bridge !== bridge);
    const exists = claimBridge(paths, network, others, id);
    writeMade(paths, toRecord(network));
    // Rules before route_localnet, which without them would open the host's loopback to containers.
    loadTable(paths, [...others, toRecord(network)]);
    ipBatch(renderBridge(describeBridge(network), exists));
    writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1\n");
    ipBatch(renderBridgeAddresses(describeBridge(network)));
    if (network.subnet6 !== undefined) ipBatchLenient(renderLoopbackRoute(network));
    enableForwarding(network.subnet6 !== undefined);
    markReady(paths, toRecord(network));
    warnOfDropping(paths, [toRecord(network)]);
  });
}

function requireParent(name: string, parent: string): void {
  if (linkExists(parent)) return;
  throw new MydockerError(`network ${name}: the host has no link ${parent}`, {
    code: "NO_PARENT",
    hint: "ip -br link, to see which there are",
  });
}

function isReady(paths: HostPaths, network: Network): boolean {
  return isMarkedReady(paths, network) && bridgeExists(network.bridge) && isForwarding(network.subnet6 !== undefined);
}

export function describeBridge({ bridge, subnet, subnet6, mtu }: Network): BridgeLink {
  const address6 = subnet6 === undefined ? undefined : formatWithPrefix(subnet6, subnet6.gateway);
  return { bridge, mac: macOf(subnet.gateway), address: formatWithPrefix(subnet, subnet.gateway), address6, mtu };
}

/** @returns whether the bridge exists, and may stay */
function claimBridge(paths: HostPaths, network: Network, others: NetworkRecord[], id: string): boolean {
  const { bridge } = network;
  if (!linkExists(bridge)) {
    checkSubnets(paths, network, others);
    return false;
  }
  const before = readMade(paths, bridge);
  const { name, subnet, gateway, subnet6, gateway6 } = toRecord(network);
  const isSame = before?.subnet === subnet && before.gateway === gateway;
  if (before?.name === name && isSame && before.subnet6 === subnet6 && before.gateway6 === gateway6) return true;
  if (before === undefined) {
    throw new MydockerError(`network ${name}: the host has a link ${bridge}, and it is not mydocker's`, {
      code: "FOREIGN_LINK",
      hint: `another name, or: ip link delete ${bridge}`,
    });
  }
  if (listEndpointsOn(paths, bridge).some((other) => other !== id)) throw bridgeInUse(paths, network, before);
  ipBatch(`link delete dev ${bridge}\n`);
  return false;
}

function checkSubnets(paths: HostPaths, network: Network, others: NetworkRecord[]): void {
  const routes = readHostRoutes();
  checkSubnet(paths, network, network.subnet, routes, others);
  if (network.subnet6 !== undefined) checkSubnet(paths, network, network.subnet6, routes, others);
}

function checkSubnet(
  paths: HostPaths,
  { name, bridge }: Network,
  subnet: Subnet,
  routes: HostRoute[],
  others: NetworkRecord[],
): void {
  const overlap = findOverlap(subnet, routes);
  if (overlap === undefined) return;
  const holder = others.find((other) => overlap.endsWith(` on ${other.bridge}`));
  const whose = holder === undefined ? "the host already has a route" : `network ${holder.name} has a route`;
  throw new MydockerError(`network ${name}: ${whose} into ${subnet.text}: ${overlap}`, {
    code: "SUBNET_TAKEN",
    hint: bridge === defaultBridge(paths) ? "another subnet: MYDOCKER_SUBNET=10.88.0.0/16" : "another subnet",
  });
}

function bridgeInUse(paths: HostPaths, { name, bridge, subnet }: Network, before: NetworkRecord): MydockerError {
  const subject =
    before.name === name ? `network ${name}` : `network ${name}: bridge ${bridge} is network ${before.name}'s, which`;
  const choice = bridge === defaultBridge(paths) ? `MYDOCKER_SUBNET=${before.subnet}` : `subnet ${before.subnet}`;
  return new MydockerError(`${subject} has the subnet ${before.subnet}, not ${subnet.text}, and containers on it`, {
    code: "SUBNET_IN_USE",
    hint: `${choice}, or remove its containers first`,
  });
}
