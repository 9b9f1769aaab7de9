import type { LimitFlags } from "@mydocker/cgroup/limit-flags";
import type { OciResources } from "@mydocker/oci";
import type { HostFacts } from "./host-facts.ts";
import { parseBlockIo } from "./parse-block-io.ts";
import { parseCpu } from "./parse-cpu.ts";
import { parseMemory } from "./parse-memory.ts";
import { parseCgroupConf, parseDeviceRule, parseHugePages, parseRdma } from "./parse-named.ts";
import { parseNumber } from "./parse-number.ts";

/**
 * The flags as members of `linux.resources`. Rules and wording of what docker refuses are docker's.
 *
 * @param whole false for a change of limits: without `--memory-swap`, memory plus swap stays as it is
 * @throws MydockerError that says what was expected
 */
export function parseLimits(flags: LimitFlags, host: HostFacts, whole = true): OciResources {
  const hugepageLimits = flags.hugetlb.map(parseHugePages);
  const devices = flags["device-cgroup-rule"].map(parseDeviceRule);
  const limit = flags["pids-limit"];
  const sections: OciResources = {
    memory: parseMemory(flags, host, whole),
    cpu: parseCpu(flags, host),
    blockIO: parseBlockIo(flags, host),
    rdma: Object.fromEntries(flags.rdma.map(parseRdma)),
    unified: Object.fromEntries(flags["cgroup-conf"].map(parseCgroupConf)),
  };
  return {
    ...Object.fromEntries(Object.entries(sections).filter(([, section]) => Object.keys(section).length > 0)),
    ...(limit === undefined ? {} : { pids: { limit: parsePids(limit) } }),
    ...(hugepageLimits.length > 0 ? { hugepageLimits } : {}),
    ...(devices.length > 0 ? { devices } : {}),
  };
}

/** docker has 0 mean the same as -1 here; OCI does not. */
function parsePids(text: string): number {
  const limit = parseNumber("--pids-limit", text, -1, 4194304);
  return limit === 0 ? -1 : limit;
}
