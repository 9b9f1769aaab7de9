import { existsSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "../../run-now.ts";
import type { RuleSet } from "../rule-set.ts";
import { hasIpv6 } from "./back-end.ts";
import { canRun, readSaved, replaceChains } from "./programs.ts";
import { admissionChain } from "./rules.ts";
import { isComplete } from "./transaction.ts";

/**
 * Whether iptables' FORWARD may drop what we let pass: it does, or docker is on this host, which sets that policy whenever it starts.
 */
export function needsAdmission(): boolean {
  // One run of all tables, which says as well that iptables works: the network lock is held.
  const saved = outputOf("iptables-save", []);
  return saved !== undefined && (mayDropForwarded(saved) || isDockerInstalled());
}

/**
 * Whether FORWARD drops what no rule accepts, or docker is at work.
 *
 * @param saved text of `iptables-save`; the table mangle has a FORWARD too
 */
export function mayDropForwarded(saved: string): boolean {
  const filter = /^\*filter\n(.*?)^COMMIT$/ms.exec(saved)?.[1] ?? "";
  return /^:(FORWARD DROP|DOCKER-USER) /m.test(filter);
}

function isDockerInstalled(): boolean {
  return (process.env.PATH ?? "").split(":").some((directory) => existsSync(join(directory, "dockerd")));
}

/** Has FORWARD accept what comes from and goes to our bridges, and takes away everything else of ours. */
export function admit(rules: RuleSet): void {
  replaceChains(rules.prefix, 4, [admissionChain(rules)]);
  if (canRun(6)) replaceChains(rules.prefix, 6, hasIpv6(rules) ? [admissionChain(rules)] : []);
}

export function isAdmitted(rules: RuleSet): boolean {
  const wanted = [admissionChain(rules)];
  const families = hasIpv6(rules) ? ([4, 6] as const) : ([4] as const);
  return families.every((family) => isComplete(readSaved(rules.prefix, family), wanted));
}
