import { type Hierarchy, mergeResources } from "@mydocker/cgroup";
import type { LimitFlags } from "@mydocker/cgroup/limit-flags";
import type { OciConfig, OciResources } from "@mydocker/oci";
import { hostFacts } from "./host-facts.ts";
import { parseLimits } from "./parse-limits.ts";

/** A config's own limits with those of the flags in front. A rule for devices comes behind those that are there, which it opens further. */
export function withLimits({ linux }: OciConfig, flags: LimitFlags, hierarchies: Hierarchy[]): OciResources {
  const own = linux?.resources ?? {};
  const added = parseLimits(flags, hostFacts(hierarchies));
  const merged = mergeResources(own, added);
  return added.devices === undefined ? merged : { ...merged, devices: [...(own.devices ?? []), ...added.devices] };
}
