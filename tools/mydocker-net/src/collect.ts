import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { claimOwner, type HostPaths, isAbandonedTemporary, isTemporary, readTextIfExists } from "@mydocker/state";
import { collectBridges } from "./collect-bridges.ts";
import { hasProcess, isOwnerLive } from "./endpoint/life.ts";
import {
  addressesDirectory,
  bridgeDirectory,
  endpointNames,
  endpointsDirectory,
  keysDirectory,
  portsDirectory,
} from "./endpoint/names.ts";
import { knownKeys, listNamespaces, listUnclaimedNamespaces } from "./endpoint/namespaces.ts";
import { listClaims, listEndpointIds } from "./endpoint/record.ts";
import { teardown } from "./endpoint/teardown.ts";
import { deletePorts, firewallTitle, listInstalled, listPublications, loadTable } from "./firewall/table.ts";
import { ipBatch, ipBatchLenient } from "./link/ip.ts";
import { linkExists, linksOn } from "./link/links.ts";
import { collectNames } from "./names/collect-names.ts";
import { listBridges, listMade } from "./network/bridge-state.ts";
import { restoreLoopback6 } from "./ports/loopback6.ts";
import { portClaim } from "./ports/port-claims.ts";
import { describeMapping } from "./ports/port-spec.ts";

type Print = (line: string) => void;

/** Removes what no live container has, and says so, a line each. Call it under the network lock. */
export async function collect(paths: HostPaths, dryRun: boolean, print: Print): Promise<void> {
  await collectEndpoints(paths, dryRun, print);
  collectNamespaces(paths, dryRun, print);
  collectLinks(paths, dryRun, print);
  collectMirrors(paths, dryRun, print);
  await collectPorts(paths, dryRun, print);
  (await restoreLoopback6(paths, dryRun)).forEach(print);
  collectTemporaries(paths, dryRun);
  await collectNames(paths, dryRun, print);
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
  for (const { netns } of listUnclaimedNamespaces(paths)) {
    if (hasProcess(`/run/netns/${netns}`)) continue;
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

/**
 * Mirrors whose link is gone: of a live one the link is there, which is made before it and removed after it. One without an alias has lost
 * its maker between two steps, and is anybody's.
 */
function collectMirrors({ prefix }: HostPaths, dryRun: boolean, print: Print): void {
  for (const mirror of readdirSync("/sys/class/net")) {
    const key = /^mi-([0-9a-f]{12})$/.exec(mirror)?.[1];
    if (key === undefined || linkExists(`md-${key}`)) continue;
    const alias = readTextIfExists(`/sys/class/net/${mirror}/ifalias`)?.trim();
    if (alias === undefined || (alias !== "" && alias !== prefix)) continue;
    print(`link ${mirror}`);
    if (!dryRun) ipBatchLenient(`link delete dev ${mirror}\n`);
  }
}

/** Elements that no claim speaks for go; rules that somebody flushed come back. */
async function collectPorts(paths: HostPaths, dryRun: boolean, print: Print): Promise<void> {
  const installed = listInstalled(paths)?.ports;
  const orphans = (installed ?? []).filter((port) => claimOwner(portClaim(paths, port)) === undefined);
  for (const port of orphans) print(`firewall element ${port.hostIp}:${port.hostPort}/${port.protocol}`);
  if (!dryRun && orphans.length > 0) await deletePorts(paths, orphans);
  const names = new Set((installed ?? []).map((port) => portClaim(paths, port)));
  const lost = listPublications(paths).filter((port) => !names.has(portClaim(paths, port)));
  if (listEndpointIds(paths).length === 0 || (installed !== undefined && lost.length === 0)) return;
  print(
    `restored firewall ${firewallTitle(paths)}${lost.length === 0 ? "" : `: ${lost.map(describeMapping).join(", ")}`}`,
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
