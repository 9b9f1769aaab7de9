import { MydockerError, warn } from "@mydocker/stage";
import { claim, claimOwner, type HostPaths, identifyProcess, isAlive } from "@mydocker/state";
import { claimAddress, subnetFull } from "../address/address-claims.ts";
import { formatAddress, formatWithPrefix, macOf, type Subnet } from "../address/subnet.ts";
import { forgetFlows } from "../firewall/connections.ts";
import { addPorts } from "../firewall/table.ts";
import { type EndpointLink, renderHostBatch, renderNetnsBatch } from "../link/batch.ts";
import { ensureBridge, ruleSet } from "../link/bridge.ts";
import { ipBatch, ipBatchLenient } from "../link/ip.ts";
import { bridgeExists, linkExists, masterOf } from "../link/links.ts";
import type { PortRequest } from "../ports/port-spec.ts";
import { claimPorts } from "../ports/publish.ts";
import { hasProcess } from "./life.ts";
import { addressesDirectory, bridgeName, endpointNames } from "./names.ts";
import { reclaim } from "./reclaim.ts";
import {
  createEndpoint,
  type EndpointClaims,
  type EndpointRecord,
  listClaims,
  readEndpoint,
  updateEndpoint,
} from "./record.ts";
import { teardown } from "./teardown.ts";

/**
 * Builds a container's endpoint on the default bridge: record, claims, firewall, links. What was made is undone on
 * failure.
 *
 * @param meanwhile work that needs the claims alone; runs before the firewall is waited for
 */
export async function buildEndpoint(
  paths: HostPaths,
  id: string,
  subnet: Subnet,
  requests: PortRequest[],
  meanwhile: (claims: EndpointClaims) => void,
): Promise<EndpointClaims> {
  const record = await openRecord(paths, id);
  let publishing: Promise<void> | undefined;
  try {
    await ensureBridge(paths, subnet, id);
    const claims = await makeClaims(paths, id, subnet, requests);
    updateEndpoint(paths, { ...record, claimed: claims });
    publishing = publish(paths, subnet, claims);
    // It is awaited below, or in the handler of what fails before that.
    publishing.catch(() => {});
    await makeLinks(paths, id, subnet, claims);
    meanwhile(claims);
    await publishing;
    return claims;
  } catch (error) {
    await publishing?.catch(() => {});
    try {
      await teardown(paths, id, { held: false, search: true });
    } catch (problem) {
      warn(`while undoing: ${problem instanceof Error ? problem.message : String(problem)}`);
    }
    throw error;
  }
}

/** Writes the record of what is about to be made. One that an earlier `attach` left is undone first, unless it is in use. */
async function openRecord(paths: HostPaths, id: string): Promise<EndpointRecord> {
  const { netns, netnsPath, link } = endpointNames(paths, id);
  const attacher = identifyProcess(process.pid) ?? { pid: process.pid, start: 0 };
  const record = { id, network: bridgeName(paths), bridge: bridgeName(paths), netns, link, attacher };
  if (createEndpoint(paths, record)) return record;
  const before = readEndpoint(paths, id);
  if ((before !== undefined && isAlive(before.attacher)) || hasProcess(netnsPath)) throw alreadyAttached(id);
  await teardown(paths, id, { held: false, search: true });
  if (createEndpoint(paths, record)) return record;
  throw alreadyAttached(id);
}

async function makeClaims(
  paths: HostPaths,
  id: string,
  subnet: Subnet,
  requests: PortRequest[],
): Promise<EndpointClaims> {
  const { keyClaim, key } = endpointNames(paths, id);
  const other = claim(keyClaim, id);
  if (other !== undefined && !((await reclaim(paths, other)) && claim(keyClaim, id) === undefined)) {
    throw new MydockerError(`container ${id}: its links would be named after ${key}, as those of ${other} are`, {
      code: "ID_COLLISION",
      hint: "an id with other first twelve characters",
    });
  }
  const bridge = bridgeName(paths);
  const address = claimAddress(paths, bridge, subnet, id) ?? (await claimReclaimed(paths, bridge, subnet, id));
  return {
    address: formatWithPrefix(subnet, address),
    gateway: formatAddress(subnet.gateway),
    mac: macOf(address),
    ports: await claimPorts(paths, requests, id),
  };
}

/** All addresses are taken: those of the dead are given back. */
async function claimReclaimed(paths: HostPaths, bridge: string, subnet: Subnet, id: string): Promise<number> {
  for (const { path } of listClaims(addressesDirectory(paths, bridge))) {
    const owner = claimOwner(path);
    if (owner !== undefined && owner !== id) await reclaim(paths, owner);
  }
  const address = claimAddress(paths, bridge, subnet, id);
  if (address === undefined) throw subnetFull(bridge, subnet);
  return address;
}

async function publish(paths: HostPaths, subnet: Subnet, claims: EndpointClaims): Promise<void> {
  if (claims.ports.length === 0) return;
  const address = claims.address.replace(/\/\d+$/, "");
  const publications = claims.ports.map((port) => ({ ...port, address }));
  await addPorts(paths, ruleSet(paths, subnet), publications);
  await forgetFlows(claims.ports);
}

async function makeLinks(paths: HostPaths, id: string, subnet: Subnet, claims: EndpointClaims): Promise<void> {
  const link = describeLink(paths, id, claims);
  // The same container a moment ago (a restart): its link goes with its old namespace, which the kernel is still at.
  if (linkExists(link.link) && masterOf(link.link) === undefined) ipBatchLenient(`link delete dev ${link.link}\n`);
  try {
    ipBatch(renderHostBatch(link));
  } catch (error) {
    // Somebody took the bridge away after we looked.
    if (bridgeExists(link.bridge)) throw error;
    ipBatch(`netns delete ${link.netns}\n`);
    await ensureBridge(paths, subnet, id);
    ipBatch(renderHostBatch(link));
  }
  ipBatch(renderNetnsBatch(link), link.netns);
}

export function describeLink(paths: HostPaths, id: string, claims: EndpointClaims): EndpointLink {
  const { netns, link } = endpointNames(paths, id);
  const { mac, address, gateway } = claims;
  return { netns, link, bridge: bridgeName(paths), mac, address, gateway, hairpin: claims.ports.length > 0 };
}

function alreadyAttached(id: string): MydockerError {
  return new MydockerError(`container ${id} has a network already`, {
    code: "ALREADY_ATTACHED",
    hint: `mydocker-net show ${id}, or mydocker-net detach ${id} first`,
  });
}
