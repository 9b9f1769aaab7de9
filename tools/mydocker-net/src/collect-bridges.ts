import { rmSync } from "node:fs";
import type { HostPaths } from "@mydocker/state";
import { isOwnerLive } from "./endpoint/life.ts";
import { bridgeDirectory } from "./endpoint/names.ts";
import { listUnclaimedNamespaces } from "./endpoint/namespaces.ts";
import { listEndpointsOn } from "./endpoint/record.ts";
import { loadTable, unloadFirewall } from "./firewall/table.ts";
import { restoreForwarding } from "./link/forwarding.ts";
import { ipBatch } from "./link/ip.ts";
import { bridgeExists } from "./link/links.ts";
import { listBridges, listMade, markReady, readMade, unmarkReady } from "./network/bridge-state.ts";
import { forgetRefusal } from "./ports/loopback6.ts";

type Print = (line: string) => void;

/**
 * With a bridge's last endpoint goes the bridge, and with the last bridge the rules, and forwarding if it was us who turned it
 * on. Call it under the network lock.
 */
export function collectBridges(paths: HostPaths, dryRun: boolean, print: Print): void {
  // Nobody knows which network somebody's processes in them are on.
  if (listUnclaimedNamespaces(paths).length > 0) return;
  const unused = listBridges(paths).filter((bridge) => collectBridge(paths, bridge, dryRun, print));
  const kept = listMade(paths).filter(({ bridge }) => !unused.includes(bridge));
  if (kept.length > 0) {
    if (!dryRun && unused.length > 0) loadTable(paths, kept);
    return;
  }
  for (const title of unloadFirewall(paths, dryRun)) print(`firewall ${title}`);
  if (dryRun) return;
  forgetRefusal(paths);
  restoreForwarding().forEach(print);
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
