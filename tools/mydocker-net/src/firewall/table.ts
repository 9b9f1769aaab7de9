import { readdirSync } from "node:fs";
import { warn } from "@mydocker/stage";
import { claimOwner, FIREWALLS, type HostPaths } from "@mydocker/state";
import { type EndpointClaims, listEndpointIds, readEndpoint } from "../endpoint/record.ts";
import { listMade } from "../network/bridge-state.ts";
import type { NetworkRecord } from "../network/network.ts";
import { withNetworkLock } from "../network-lock.ts";
import { portClaim } from "../ports/port-claims.ts";
import { withoutPrefix } from "../ports/port-spec.ts";
import type { Installed } from "./back-end.ts";
import { describeDropping, findDroppingChains } from "./foreign.ts";
import { admit, isAdmitted, needsAdmission } from "./iptables/admission.ts";
import { iptables } from "./iptables/back-end.ts";
import { nft } from "./nft/back-end.ts";
import {
  BACK_ENDS,
  chooseFirewall,
  chosenFirewall,
  firewallInUse,
  type Part,
  readParts,
  removeParts,
  writeParts,
} from "./parts.ts";
import type { PortKey, Publication, RuleSet } from "./rule-set.ts";

/**
 * Replaces all rules by what the records say, and moves them where another program is to have them. Call it under the network lock. Ports of an
 * `attach` that runs meanwhile could be lost between our reading of its record and the transaction, so the records are read again afterwards.
 *
 * @param networks all that are up, or about to be
 */
export function loadTable(paths: HostPaths, networks: NetworkRecord[]): void {
  const name = chooseFirewall(paths);
  const backEnd = BACK_ENDS[name];
  const rules = ruleSet(paths, networks);
  const before = readParts(paths).filter((part) => part !== name);
  const wanted: Part[] = name === "nft" && needsAdmission() ? [name, "admission"] : [name];
  // Before anything is done: whatever is cut short is undone by what is written here.
  writeParts(paths, [...new Set([...wanted, ...before])]);
  let loaded: string;
  let publications = listPublications(paths);
  do {
    loaded = backEnd.render(rules, publications);
    backEnd.load(rules, publications);
    publications = listPublications(paths);
  } while (backEnd.render(rules, publications) !== loaded);
  // Either leaves no other chain of ours in iptables.
  if (wanted.includes("admission")) admit(rules);
  else if (name === "nft" && before.length > 0) iptables.uninstall(paths.prefix, false);
  if (name === "iptables" && before.includes("nft")) nft.uninstall(paths.prefix, false);
  writeParts(paths, wanted);
}

/** Says where somebody else's rules drop what ours let pass, and what helps. */
export function warnOfDropping({ prefix }: HostPaths, networks: NetworkRecord[]): void {
  const bridges = networks.filter(({ internal }) => internal !== true).map(({ bridge }) => bridge);
  if (bridges.length === 0) return;
  for (const chain of findDroppingChains(prefix, bridges)) warn(describeDropping(chain, bridges));
}

function ruleSet({ prefix }: HostPaths, networks: NetworkRecord[]): RuleSet {
  return { prefix, networks, hostBridges: listHostBridges() };
}

/** Docker's are br- and twelve digits. */
function listHostBridges(): string[] {
  return readdirSync("/sys/class/net").filter((link) => /^br-(?![0-9a-f]{12}$)/.test(link));
}

/** Adds a container's ports. Where that fails the rules are not what they should be (flushed, say): they are loaded anew. */
export async function addPorts(paths: HostPaths, publications: Publication[]): Promise<void> {
  const name = firewallInUse(paths);
  if (name !== undefined && (await BACK_ENDS[name].add(paths.prefix, publications))) return;
  await withNetworkLock(async () => loadTable(paths, listMade(paths)));
}

/** Deletes ports that are known to be the caller's own, from wherever they may be. */
export async function deletePorts(paths: HostPaths, ports: PortKey[]): Promise<void> {
  for (const part of readParts(paths)) {
    if (part !== "admission") await BACK_ENDS[part].remove(paths.prefix, ports);
  }
}

/** The rules that there are, or undefined where a part of them is missing or not where it should be. Lists everything: not for the hot path. */
export function listInstalled(paths: HostPaths): Installed | undefined {
  const name = chosenFirewall(paths);
  const parts = readParts(paths);
  const isMoving = parts.some((part) => part !== name && part !== "admission");
  if (name === undefined || isMoving) return undefined;
  const rules = ruleSet(paths, listMade(paths));
  return parts.includes("admission") && !isAdmitted(rules) ? undefined : BACK_ENDS[name].list(rules);
}

/** What the rules that are in use are called, for people. */
export function firewallTitle(paths: HostPaths): string {
  return BACK_ENDS[chooseFirewall(paths)].title(paths.prefix);
}

/**
 * Takes all rules away. Call it under the network lock.
 *
 * @returns what it took, for people
 */
export function unloadFirewall(paths: HostPaths, dryRun: boolean): string[] {
  // Whatever is written down: state may have been lost, and rules not.
  const names = FIREWALLS.filter((name) => BACK_ENDS[name].isUsable());
  const removed = names.filter((name) => BACK_ENDS[name].uninstall(paths.prefix, dryRun));
  if (!dryRun) removeParts(paths);
  // Of both, the second is what the first one needs, or had been before.
  return removed.slice(0, 1).map((name) => BACK_ENDS[name].title(paths.prefix));
}

/** Every port that is published: those of the records whose claim is theirs. */
export function listPublications(paths: HostPaths): Publication[] {
  return listEndpointIds(paths).flatMap((id) => {
    const claimed = readEndpoint(paths, id)?.claimed;
    if (claimed === undefined) return [];
    return publicationsOf(claimed).filter((port) => claimOwner(portClaim(paths, port)) === id);
  });
}

/** A container's ports, each with the address of its family. */
export function publicationsOf({ address, address6 = "", ports }: EndpointClaims): Publication[] {
  return ports.map((port) => ({ ...port, address: withoutPrefix(port.hostIp.includes(":") ? address6 : address) }));
}
