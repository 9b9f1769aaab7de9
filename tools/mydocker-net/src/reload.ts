import { defineCommand, writeAll } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { reloadFirewall } from "./firewall/reload.ts";
import { warnOfDropping } from "./firewall/table.ts";
import { enableForwarding, isForwarding } from "./link/forwarding.ts";
import { listMade } from "./network/bridge-state.ts";
import { withNetworkLock } from "./network-lock.ts";

export const command = defineCommand({
  summary: "Put the rules of all networks back, after somebody has flushed the firewall",
  usage: "",
  examples: ["nft flush ruleset && mydocker-net reload", "MYDOCKER_FIREWALL=iptables mydocker-net reload"],
  flags: {},
  args: { min: 0, max: 0 },
  run: async () => {
    const restored = await withNetworkLock(async () => reload(hostPaths()));
    writeAll(restored.map((line) => `${line}\n`).join(""));
  },
});

/** @returns what it put back, a line each */
function reload(paths: HostPaths): string[] {
  const networks = listMade(paths);
  if (networks.length === 0) return [];
  const ipv6 = networks.some(({ subnet6 }) => subnet6 !== undefined);
  const wasForwarding = isForwarding(ipv6);
  enableForwarding(ipv6);
  const changes = reloadFirewall(paths, networks);
  warnOfDropping(paths, networks);
  return [...changes, ...(wasForwarding ? [] : ["restored forwarding"])];
}
