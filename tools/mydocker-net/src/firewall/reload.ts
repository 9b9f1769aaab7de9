import type { HostPaths } from "@mydocker/state";
import type { NetworkRecord } from "../network/network.ts";
import type { Installed } from "./back-end.ts";
import type { PortKey } from "./rule-set.ts";
import { firewallTitle, listInstalled, loadTable } from "./table.ts";

/**
 * Loads all rules anew, whatever there is. Call it under the network lock.
 *
 * @param networks all that are up
 * @returns what is different now, a line each
 */
export function reloadFirewall(paths: HostPaths, networks: NetworkRecord[]): string[] {
  const before = listInstalled(paths);
  loadTable(paths, networks);
  return describeChange(firewallTitle(paths), before, listInstalled(paths) ?? NOTHING);
}

const NOTHING: Installed = { ports: [], rules: [] };

/** What has been put back and what has been taken away. */
export function describeChange(title: string, before: Installed | undefined, after: Installed): string[] {
  const had = before ?? NOTHING;
  const removed = difference(had.ports.map(describePort), after.ports.map(describePort));
  const restored = difference(after.ports.map(describePort), had.ports.map(describePort));
  const isSame = before !== undefined && had.rules.toSorted().join("\n") === after.rules.toSorted().join("\n");
  return [
    ...removed.map((port) => `removed firewall element ${port}`),
    ...(isSame ? [] : [`restored firewall ${title}${restored.length === 0 ? "" : `: ${restored.join(", ")}`}`]),
  ];
}

function difference(these: string[], those: string[]): string[] {
  const known = new Set(those);
  return these.filter((item) => !known.has(item));
}

function describePort({ hostIp, hostPort, protocol }: PortKey): string {
  return `${hostIp}:${hostPort}/${protocol}`;
}
