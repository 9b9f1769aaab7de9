import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { claimOwner, type HostPaths, isAbandonedTemporary, isTemporary } from "@mydocker/state";
import { hasProcess, isOwnerLive } from "./endpoint/life.ts";
import {
  addressesDirectory,
  bridgeDirectory,
  endpointNames,
  endpointsDirectory,
  keysDirectory,
  portsDirectory,
} from "./endpoint/names.ts";
import { listClaims, listEndpointIds, listEndpointsOn } from "./endpoint/record.ts";
import { teardown } from "./endpoint/teardown.ts";
import { listInstalledPorts } from "./firewall/installed.ts";
import { deletePorts, listPublications, loadTable } from "./firewall/table.ts";
import { restoreForwarding } from "./link/forwarding.ts";
import { ipBatch, ipBatchLenient } from "./link/ip.ts";
import { bridgeExists, linkExists, linksOn } from "./link/links.ts";
import { listBridges, listMade, markReady, readMade, unmarkReady } from "./network/bridge-state.ts";
import { portClaim } from "./ports/port-claims.ts";
import { describeMapping } from "./ports/port-spec.ts";
import { runNow } from "./run-now.ts";

type Print = (line: string) => void;

/** Removes what no live container has, and says so, a line each. Call it under the network lock. */
export async function collect(paths: HostPaths, dryRun: boolean, print: Print): Promise<void> {
  await collectEndpoints(paths, dryRun, print);
  collectNamespaces(paths, dryRun, print);
  collectLinks(paths, dryRun, print);
  collectMirrors(dryRun, print);
  await collectPorts(paths, dryRun, print);
  collectTemporaries(paths, dryRun);
  collectBridges(paths, dryRun, print);
}

/** Whoever has a record or a claim and is not live. */
async function collectEndpoints(paths: HostPaths, dryRun: boolean, print: Print): Promise<void> {
  const addresses = listBridges(paths).map((bridge) => addressesDirectory(paths, bridge));
  const directories = [keysDirectory(paths), portsDirectory(paths), ...addresses];
  // Claims before records: the record of a claim that is seen was written before it.
  const claimants = directories.flatMap(listClaims).map(({ path }) => claimOwner(path) ?? "");
  const ids = new Set([...claimants, ...listEndpointIds(paths)].filter((id) => id !== ""));
  for (const id of ids) {
    if (isOwnerLive(paths, id)) continue;
    print(`endpoint ${id}`);
    if (dryRun) continue;
    await teardown(paths, id, { held: hasProcess(endpointNames(paths, id).netnsPath), search: true });
  }
}

/** Namespaces with our prefix that no claim speaks for: the state was wiped, say. */
function collectNamespaces(paths: HostPaths, dryRun: boolean, print: Print): void {
  const known = knownKeys(paths);
  for (const { key, netns } of listNamespaces(paths)) {
    if (known.has(key) || hasProcess(`/run/netns/${netns}`)) continue;
    print(`network namespace ${netns}`);
    if (!dryRun) ipBatch(`netns delete ${netns}\n`);
  }
}

/** Links on our bridges that no claim and no namespace speaks for. */
function collectLinks(paths: HostPaths, dryRun: boolean, print: Print): void {
  const links = listBridges(paths).flatMap(linksOn);
  const known = new Set([...knownKeys(paths), ...listNamespaces(paths).map(({ key }) => key)]);
  for (const link of links) {
    if (!/^md-[0-9a-f]{12}$/.test(link) || known.has(link.slice("md-".length))) continue;
    print(`link ${link}`);
    // The kernel may be about to remove it with its namespace.
    if (!dryRun) ipBatchLenient(`link delete dev ${link}\n`);
  }
}

/** Mirrors whose link is gone, whoever's it was: of a live one the link is there, which is made before it and removed after it. */
function collectMirrors(dryRun: boolean, print: Print): void {
  for (const mirror of readdirSync("/sys/class/net")) {
    const key = /^mi-([0-9a-f]{12})$/.exec(mirror)?.[1];
    if (key === undefined || linkExists(`md-${key}`)) continue;
    print(`link ${mirror}`);
    if (!dryRun) ipBatchLenient(`link delete dev ${mirror}\n`);
  }
}

/** Elements that no claim speaks for go; rules that somebody flushed come back. */
async function collectPorts(paths: HostPaths, dryRun: boolean, print: Print): Promise<void> {
  const installed = listInstalledPorts(paths.prefix);
  const orphans = (installed ?? []).filter((port) => claimOwner(portClaim(paths, port)) === undefined);
  for (const port of orphans) print(`firewall element ${port.hostIp}:${port.hostPort}/${port.protocol}`);
  if (!dryRun && orphans.length > 0) await deletePorts(paths.prefix, orphans);
  const names = new Set((installed ?? []).map((port) => portClaim(paths, port)));
  const lost = listPublications(paths).filter((port) => !names.has(portClaim(paths, port)));
  if (listEndpointIds(paths).length === 0 || (installed !== undefined && lost.length === 0)) return;
  print(
    `restored firewall table inet ${paths.prefix}${lost.length === 0 ? "" : `: ${lost.map(describeMapping).join(", ")}`}`,
  );
  if (!dryRun) loadTable(paths, listMade(paths));
}

/** Files of a claim or record whose writer was killed. */
function collectTemporaries(paths: HostPaths, dryRun: boolean): void {
  const ofBridges = listBridges(paths).flatMap((bridge) => [
    bridgeDirectory(paths, bridge),
    addressesDirectory(paths, bridge),
  ]);
  for (const directory of [endpointsDirectory(paths), keysDirectory(paths), portsDirectory(paths), ...ofBridges]) {
    for (const name of unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? []) {
      if (!isTemporary(name) || dryRun) continue;
      const path = join(directory, name);
      if (isAbandonedTemporary(path)) rmSync(path, { force: true });
    }
  }
}

/** With a bridge's last endpoint goes the bridge, and with the last bridge the rules, and forwarding if it was us who turned it on. */
function collectBridges(paths: HostPaths, dryRun: boolean, print: Print): void {
  if (listNamespaces(paths).length > 0) return;
  const unused = listBridges(paths).filter((bridge) => collectBridge(paths, bridge, dryRun, print));
  const kept = listMade(paths).filter(({ bridge }) => !unused.includes(bridge));
  if (kept.length > 0) {
    if (!dryRun && unused.length > 0) loadTable(paths, kept);
    return;
  }
  if (listInstalledPorts(paths.prefix) !== undefined) {
    print(`firewall table inet ${paths.prefix}`);
    if (!dryRun) runNow("nft", ["delete", "table", "inet", paths.prefix], "");
  }
  if (!dryRun) restoreForwarding().forEach(print);
}

/** @returns false where the bridge has to stay */
function collectBridge(paths: HostPaths, bridge: string, dryRun: boolean, print: Print): boolean {
  if (listEndpointsOn(paths, bridge).some((id) => isOwnerLive(paths, id))) return false;
  if (!dryRun) {
    // An `attach` writes its record and then looks for the marker: either it finds none and waits for our lock, or we
    // find its record.
    const wasReady = unmarkReady(paths, bridge);
    if (listEndpointsOn(paths, bridge).length > 0) {
      const network = readMade(paths, bridge);
      if (wasReady && network !== undefined) markReady(paths, network);
      return false;
    }
  }
  if (readMade(paths, bridge) !== undefined && bridgeExists(bridge)) {
    print(`bridge ${bridge}`);
    if (!dryRun) ipBatch(`link delete dev ${bridge}\n`);
  }
  if (!dryRun) rmSync(bridgeDirectory(paths, bridge), { recursive: true, force: true });
  return true;
}

function listNamespaces(paths: HostPaths): { netns: string; key: string }[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync("/run/netns")) ?? [];
  const ours = new RegExp(`^${paths.prefix}-([0-9a-f]{12})$`);
  return names.flatMap((netns) => {
    const key = ours.exec(netns)?.[1];
    return key === undefined ? [] : [{ netns, key }];
  });
}

function knownKeys(paths: HostPaths): Set<string> {
  return new Set(listClaims(keysDirectory(paths)).map(({ name }) => name));
}
