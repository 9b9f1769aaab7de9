import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { MydockerError } from "@mydocker/stage";
import {
  type HostPaths,
  makePrivateDirectory,
  readJsonIfExists,
  readTextIfExists,
  writeFileAtomic,
} from "@mydocker/state";
import { findOverlap, parseRoutes } from "../address/host-routes.ts";
import { formatWithPrefix, macOf, type Subnet } from "../address/subnet.ts";
import { bridgeName, readyMarker } from "../endpoint/names.ts";
import { listEndpointIds } from "../endpoint/record.ts";
import { type RuleSet, renderTable } from "../firewall/rules.ts";
import { loadTable } from "../firewall/table.ts";
import { withNetworkLock } from "../network-lock.ts";
import { renderBridge } from "./batch.ts";
import { enableForwarding, isForwarding } from "./forwarding.ts";
import { ipBatch } from "./ip.ts";
import { bridgeExists } from "./links.ts";

export function ruleSet(paths: HostPaths, subnet: Subnet): RuleSet {
  return { table: paths.prefix, bridge: bridgeName(paths), subnet: subnet.text };
}

/**
 * Makes the default bridge and its rules unless they are there. Call it after the endpoint's record is written: `gc`
 * takes the marker away first and then looks for records, so one of the two always sees the other.
 *
 * @param id of the container that needs it
 */
export async function ensureBridge(paths: HostPaths, subnet: Subnet, id: string): Promise<void> {
  if (isReady(paths, subnet)) return;
  await withNetworkLock(async () => {
    if (isReady(paths, subnet)) return;
    const bridge = bridgeName(paths);
    const exists = checkSubnet(paths, bridge, subnet, id);
    // Rules before route_localnet, which without them would open the host's loopback to containers.
    loadTable(paths, ruleSet(paths, subnet));
    ipBatch(renderBridge(bridge, macOf(subnet.gateway), formatWithPrefix(subnet, subnet.gateway), exists));
    writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1\n");
    enableForwarding();
    markReady(paths, subnet);
  });
}

export function markReady(paths: HostPaths, subnet: Subnet): void {
  const path = readyMarker(paths, bridgeName(paths));
  makePrivateDirectory(dirname(path));
  writeFileAtomic(path, marker(paths, subnet));
}

export function unmarkReady(paths: HostPaths): void {
  rmSync(readyMarker(paths, bridgeName(paths)), { force: true });
}

function isReady(paths: HostPaths, subnet: Subnet): boolean {
  const bridge = bridgeName(paths);
  const text = readTextIfExists(readyMarker(paths, bridge));
  return text === marker(paths, subnet) && bridgeExists(bridge) && isForwarding();
}

/** Holds the rules themselves: those that another version of mydocker loaded are not ours. */
function marker(paths: HostPaths, subnet: Subnet): string {
  return `${JSON.stringify({ subnet: subnet.text, rules: renderTable(ruleSet(paths, subnet), []) })}\n`;
}

/** @returns whether the bridge exists, and may stay */
function checkSubnet(paths: HostPaths, bridge: string, subnet: Subnet, id: string): boolean {
  const before = readJsonIfExists(readyMarker(paths, bridge)) as { subnet: string } | undefined;
  if (!bridgeExists(bridge)) {
    const overlap = findOverlap(subnet, parseRoutes(readFileSync("/proc/net/route", "utf8")));
    if (overlap === undefined) return false;
    throw new MydockerError(`network ${bridge}: the host already has a route into ${subnet.text}: ${overlap}`, {
      code: "SUBNET_TAKEN",
      hint: "another subnet: MYDOCKER_SUBNET=10.88.0.0/16",
    });
  }
  if (before === undefined || before.subnet === subnet.text) return true;
  if (listEndpointIds(paths).some((other) => other !== id)) {
    throw new MydockerError(
      `network ${bridge} has the subnet ${before.subnet}, not ${subnet.text}, and containers on it`,
      {
        code: "SUBNET_IN_USE",
        hint: `MYDOCKER_SUBNET=${before.subnet}, or remove its containers first`,
      },
    );
  }
  ipBatch(`link delete dev ${bridge}\n`);
  return false;
}
