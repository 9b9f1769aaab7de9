import { defineCommand, writeAll } from "@mydocker/stage";
import { type HostPaths, hostPaths } from "@mydocker/state";
import { reloadFirewall } from "./firewall/reload.ts";
import { warnOfDropping } from "./firewall/table.ts";
import { enableForwarding, isForwarding } from "./link/forwarding.ts";
import { listMade } from "./network/bridge-state.ts";
import { withNetworkLock } from "./network-lock.ts";
import { forgetRefusal, restoreLoopback6 } from "./ports/loopback6.ts";

export const command = defineCommand({
  summary: "Put the rules of all networks back, after somebody has flushed the firewall",
  usage: "",
  examples: ["nft flush ruleset && mydocker-net reload", "MYDOCKER_FIREWALL=iptables mydocker-net reload"],
  flags: {},
  args: { min: 0, max: 0 },
  run: async () => {
    const restored = await withNetworkLock(() => reload(hostPaths()));
    writeAll(restored.map((line) => `${line}\n`).join(""));
  },
});

/** @returns what it put back, a line each */
async function reload(paths: HostPaths): Promise<string[]> {
  const networks = listMade(paths);
  if (networks.length === 0) return [];
  const ipv6 = networks.some(({ subnet6 }) => subnet6 !== undefined);
  const wasForwarding = isForwarding(ipv6);
  enableForwarding(ipv6);
  const changes = reloadFirewall(paths, networks);
  warnOfDropping(paths, networks);
  forgetRefusal(paths);
  const loopback6 = await restoreLoopback6(paths, false);
  return [...changes, ...loopback6, ...(wasForwarding ? [] : ["restored forwarding"])];
}
