import { existsSync } from "node:fs";
import { join } from "node:path";
import { runProgramNow } from "@mydocker/stage";
import type { RuleSet } from "../rule-set.ts";
import { hasIpv6 } from "./back-end.ts";
import { canRun, readSaved, replaceChains } from "./programs.ts";
import { admissionChain } from "./rules.ts";
import { isComplete } from "./transaction.ts";

/**
 * Whether iptables' FORWARD may drop what we let pass: it does, or docker is on this host, which sets that policy whenever it starts.
 */
export function needsAdmission(): boolean {
  const isInstalled = (process.env.PATH ?? "").split(":").some((directory) => existsSync(join(directory, "dockerd")));
  if (!canRun(4)) return false;
  return isInstalled || /^:(FORWARD DROP|DOCKER-USER) /m.test(runProgramNow("iptables-save", ["-t", "filter"]).stdout);
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
