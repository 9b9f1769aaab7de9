import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import {
  type FirewallName,
  type HostPaths,
  makePrivateDirectory,
  readJsonIfExists,
  readTextIfExists,
  writeFileAtomic,
} from "@mydocker/state";
import { bridgeDirectory, bridgesDirectory } from "../endpoint/names.ts";
import { BACK_ENDS, chooseFirewall, chosenFirewall } from "../firewall/parts.ts";
import { defaultBridge, type Network, type NetworkRecord, toRecord } from "./network.ts";

/**
 * Says that a bridge and its rules are in place. Holds the rules themselves: those that another version of mydocker loaded
 * are not ours. Its absence sends `attach` to the lock.
 */
function readyMarker(paths: HostPaths, bridge: string): string {
  return join(bridgeDirectory(paths, bridge), "ready");
}

/** The network that a bridge is for; written before the bridge is made, so that it is known to be ours. */
function madeRecord(paths: HostPaths, bridge: string): string {
  return join(bridgeDirectory(paths, bridge), "network.json");
}

/** Whether exactly this network is marked as being up. */
export function isMarkedReady(paths: HostPaths, network: Network): boolean {
  const firewall = chosenFirewall(paths);
  if (firewall === undefined) return false;
  return readTextIfExists(readyMarker(paths, network.bridge)) === marker(paths, firewall, toRecord(network));
}

export function markReady(paths: HostPaths, network: NetworkRecord): void {
  writeFileAtomic(readyMarker(paths, network.bridge), marker(paths, chooseFirewall(paths), network));
}

/** @returns whether it was marked */
export function unmarkReady(paths: HostPaths, bridge: string): boolean {
  const path = readyMarker(paths, bridge);
  const was = readTextIfExists(path) !== undefined;
  rmSync(path, { force: true });
  return was;
}

export function writeMade(paths: HostPaths, network: NetworkRecord): void {
  makePrivateDirectory(bridgeDirectory(paths, network.bridge));
  writeFileAtomic(madeRecord(paths, network.bridge), `${JSON.stringify(network)}\n`);
}

/** The network that a bridge is for, where the bridge is ours. */
export function readMade(paths: HostPaths, bridge: string): NetworkRecord | undefined {
  return readJsonIfExists(madeRecord(paths, bridge)) as NetworkRecord | undefined;
}

/** Every network that is up, or about to be. */
export function listMade(paths: HostPaths): NetworkRecord[] {
  return listBridges(paths).flatMap((bridge) => readMade(paths, bridge) ?? []);
}

/** Bridges that are or may be ours; the default one always. */
export function listBridges(paths: HostPaths): string[] {
  const found = unlessErrno(["ENOENT"], () => readdirSync(bridgesDirectory(paths))) ?? [];
  return [...new Set([defaultBridge(paths), ...found])];
}

function marker(paths: HostPaths, firewall: FirewallName, network: NetworkRecord): string {
  const rules = BACK_ENDS[firewall].render({ prefix: paths.prefix, networks: [network] }, []);
  return `${JSON.stringify({ network, firewall, rules })}\n`;
}
