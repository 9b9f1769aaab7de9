import { rmSync } from "node:fs";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { FIREWALLS, type FirewallName, type HostPaths, readTextIfExists, writeFileAtomic } from "@mydocker/state";
import type { BackEnd } from "./back-end.ts";
import { iptables } from "./iptables/back-end.ts";
import { nft } from "./nft/back-end.ts";

export const BACK_ENDS: Record<FirewallName, BackEnd> = { nft, iptables };

/** Rules of ours: a back end's, or those by which iptables lets pass what nft's rules have let pass. */
export type Part = FirewallName | "admission";

const PARTS: readonly Part[] = [...FIREWALLS, "admission"];

/** Names what there is, beginning with the back end in use; a second one is there only where a change was cut short. */
function partsFile(paths: HostPaths): string {
  return join(paths.run, "net/firewall");
}

/** None before the first network. */
export function readParts(paths: HostPaths): Part[] {
  const words = (readTextIfExists(partsFile(paths)) ?? "").trim().split(" ");
  return words.flatMap((word) => PARTS.find((part) => part === word) ?? []);
}

export function writeParts(paths: HostPaths, parts: Part[]): void {
  writeFileAtomic(partsFile(paths), `${parts.join(" ")}\n`);
}

export function removeParts(paths: HostPaths): void {
  rmSync(partsFile(paths), { force: true });
}

/** The one in use. */
export function firewallInUse(paths: HostPaths): FirewallName | undefined {
  return readParts(paths).find((part) => part !== "admission");
}

/** The one that is asked for, or else in use. */
export function chosenFirewall(paths: HostPaths): FirewallName | undefined {
  return paths.firewall ?? firewallInUse(paths);
}

/** As `chosenFirewall`, or else what this host has. @throws MydockerError `MISSING_PROGRAM` */
export function chooseFirewall(paths: HostPaths): FirewallName {
  const found = chosenFirewall(paths) ?? FIREWALLS.find((name) => BACK_ENDS[name].isUsable());
  if (found !== undefined) return found;
  throw new MydockerError("neither nft nor iptables can be run", {
    code: "MISSING_PROGRAM",
    hint: "apt-get install nftables",
  });
}
