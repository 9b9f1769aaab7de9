import { warn } from "@mydocker/stage";
import { type HostPaths, identifyProcess, isAlive } from "@mydocker/state";
import { forgetFlows } from "../firewall/connections.ts";
import { addPorts, publicationsOf } from "../firewall/table.ts";
import { type EndpointLink, type Route, renderHostBatch, renderNetnsBatch } from "../link/batch.ts";
import { defaultRoutes } from "../link/default-routes.ts";
import { ipBatch, ipBatchIn, ipBatchLenient } from "../link/ip.ts";
import { bridgeExists, linkExists, masterOf } from "../link/links.ts";
import { limitLink, type Rates } from "../link/rates.ts";
import { ensureNetwork } from "../network/ensure-network.ts";
import type { Network } from "../network/network.ts";
import { expandPorts } from "../ports/expand-ports.ts";
import { isLoopback6Served, openLoopback6 } from "../ports/loopback6.ts";
import type { PortRequest } from "../ports/port-spec.ts";
import { alreadyAttached, interfaceExists } from "./conflicts.ts";
import { hasProcess, isOwnerLive } from "./life.ts";
import { type AddressRequest, makeClaims } from "./make-claims.ts";
import { endpointNames } from "./names.ts";
import { createEndpoint, type EndpointClaims, type EndpointRecord, readEndpoint, updateEndpoint } from "./record.ts";
import { teardown } from "./teardown.ts";

export interface EndpointRequest extends AddressRequest {
  id: string;
  network: Network;
  ports: PortRequest[];
  /** By default one: everything, by the bridge. */
  routes?: Route[];
  rates?: Rates;
  /** What it is called on the network, which then has a name server. */
  names?: string[];
  /** A namespace that is there, by its path, and whose it is; without it one is made, named after the id. */
  sandbox?: { netns: string; ifname: string } & Pick<EndpointRecord, "attachment" | "container">;
}

/**
 * Builds an endpoint: record, claims, firewall, links. What was made is undone on failure.
 *
 * @param meanwhile work that needs the claims alone; runs before the firewall is waited for
 */
export async function buildEndpoint(
  paths: HostPaths,
  request: EndpointRequest,
  meanwhile: (claims: EndpointClaims) => void = () => {},
): Promise<EndpointClaims> {
  const { id, network } = request;
  const servesLoopback6 = request.ports.length > 0 && network.subnet6 === undefined && isLoopback6Served(paths);
  const ports = expandPorts(request.ports, network, servesLoopback6);
  const record = await openRecord(paths, request);
  let publishing: Promise<void> | undefined;
  try {
    await ensureNetwork(paths, network, id);
    const claims = await makeClaims(paths, { ...request, ports });
    updateEndpoint(paths, { ...record, claimed: claims });
    publishing = publish(paths, id, claims, servesLoopback6);
    // It is awaited below, or in the handler of what fails before that.
    publishing.catch(() => {});
    await makeLinks(paths, request, claims);
    meanwhile(claims);
    await publishing;
    if (request.names !== undefined) {
      const { serveNames } = await import("../names/serve-names.ts");
      await serveNames(paths, network, id, request.names, claims);
    }
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
async function openRecord(paths: HostPaths, { id, network, sandbox, names }: EndpointRequest): Promise<EndpointRecord> {
  const { netns, netnsPath, link } = endpointNames(paths, id);
  const attacher = identifyProcess(process.pid) ?? { pid: process.pid, start: 0 };
  const own = { id, network: network.name, bridge: network.bridge, netns, link, ifname: "eth0", attacher };
  const record = { ...own, ...sandbox, ...(names === undefined ? {} : { names }) };
  if (createEndpoint(paths, record)) return record;
  const before = readEndpoint(paths, id);
  const isUsed = sandbox === undefined ? hasProcess(netnsPath) : isOwnerLive(paths, id);
  if ((before !== undefined && isAlive(before.attacher)) || isUsed) throw alreadyAttached(id);
  await teardown(paths, id, { held: false, search: true });
  if (createEndpoint(paths, record)) return record;
  throw alreadyAttached(id);
}

async function publish(paths: HostPaths, id: string, claims: EndpointClaims, servesLoopback6: boolean): Promise<void> {
  if (claims.ports.length === 0) return;
  const opening = servesLoopback6 ? openLoopback6(paths, id, claims) : undefined;
  // It is awaited below, whatever fails before that.
  opening?.catch(() => {});
  try {
    await addPorts(paths, publicationsOf(claims));
    await forgetFlows(claims.ports);
  } finally {
    await opening;
  }
}

async function makeLinks(paths: HostPaths, request: EndpointRequest, claims: EndpointClaims): Promise<void> {
  const link = describeLink(paths, request, claims);
  // The same container a moment ago (a restart): its link goes with its old namespace, which the kernel is still at.
  if (linkExists(link.link) && masterOf(link.link) === undefined) ipBatchLenient(`link delete dev ${link.link}\n`);
  try {
    ipBatch(renderHostBatch(link));
  } catch (error) {
    // Somebody took the bridge away after we looked.
    if (link.parent !== undefined || bridgeExists(link.bridge)) {
      throw linkExists(link.link) ? error : interfaceExists(link, error);
    }
    if (request.sandbox === undefined) ipBatch(`netns delete ${link.netns}\n`);
    await ensureNetwork(paths, request.network, request.id);
    ipBatch(renderHostBatch(link));
  }
  if (request.rates !== undefined) {
    limitLink(link.link, endpointNames(paths, request.id).mirror, request.rates, paths.prefix);
  }
  ipBatchIn(link.netns, renderNetnsBatch(link));
}

export function describeLink(
  paths: HostPaths,
  { id, network, sandbox, routes }: Pick<EndpointRequest, "id" | "network" | "sandbox" | "routes">,
  { mac, address, gateway, address6, gateway6, ports }: EndpointClaims,
): EndpointLink {
  const { netns, link } = endpointNames(paths, id);
  return {
    netns: sandbox?.netns ?? netns,
    ifname: sandbox?.ifname ?? "eth0",
    link,
    bridge: network.bridge,
    parent: network.parent,
    mac,
    address,
    address6,
    routes: routes ?? (network.internal === true ? [] : defaultRoutes(gateway, gateway6)),
    hairpin: ports.length > 0,
    mtu: network.mtu,
  };
}
