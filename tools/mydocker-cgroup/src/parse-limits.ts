import { parseSize } from "@mydocker/cgroup";
import type { OciCpu, OciMemory, OciResources } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import type { LimitFlags } from "./limit-flags.ts";
import { parseCpuList, parseCpus } from "./parse-cpus.ts";

/** What a limit is judged against. Functions, so that only what is asked for is looked up. */
export interface HostFacts {
  /** Number of processors. */
  cpus(): number;
  /** Lists of processors and of memory nodes, as the kernel writes them; undefined without a cpuset controller. */
  cpuset(file: "cpus" | "mems"): string | undefined;
  canLimitSwap(): boolean;
}

/** docker's minimum: below it hardly any process can start. */
const MIN_MEMORY = 6 * 1024 * 1024;

/**
 * The flags as members of `linux.resources`. Rules and wording of what docker refuses are docker's.
 *
 * @throws MydockerError that says what was expected
 */
export function parseLimits(flags: LimitFlags, host: HostFacts): OciResources {
  const memory = parseMemory(flags, host);
  const cpu = parseCpu(flags, host);
  const pids = flags["pids-limit"] === undefined ? undefined : parsePids(flags["pids-limit"]);
  return {
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    ...(Object.keys(cpu).length > 0 ? { cpu } : {}),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  };
}

/** The config's own limits with those of the flags in front; members that no flag speaks of stay as they are. */
export function mergeResources(own: OciResources | undefined, added: OciResources): OciResources {
  return {
    ...own,
    ...added,
    ...(added.memory === undefined ? {} : { memory: { ...own?.memory, ...added.memory } }),
    ...(added.cpu === undefined ? {} : { cpu: { ...own?.cpu, ...added.cpu } }),
  };
}

function parseMemory(flags: LimitFlags, host: HostFacts): OciMemory {
  const limit = sizeOf(flags, "memory");
  const reservation = sizeOf(flags, "memory-reservation");
  if (limit > 0 && limit < MIN_MEMORY)
    throw usageError(`--memory ${flags.memory}: Minimum memory limit allowed is 6MB`);
  if (reservation > 0 && reservation < MIN_MEMORY) {
    throw usageError(`--memory-reservation ${flags["memory-reservation"]}: Minimum memory reservation allowed is 6MB`);
  }
  if (limit > 0 && reservation > limit) {
    throw usageError("--memory: Minimum memory limit can not be less than memory reservation limit");
  }
  const swap = parseSwap(flags, limit, host);
  return {
    ...(limit > 0 ? { limit } : {}),
    ...(swap === undefined ? {} : { swap }),
    ...(reservation > 0 ? { reservation } : {}),
  };
}

/** Without `--memory-swap` a container gets as much swap as memory, where the host can limit swap at all. */
function parseSwap(flags: LimitFlags, limit: number, host: HostFacts): number | undefined {
  const text = flags["memory-swap"];
  const swap = text === "-1" ? -1 : sizeOf(flags, "memory-swap");
  if (swap === 0) return limit > 0 && host.canLimitSwap() ? 2 * limit : undefined;
  if (limit === 0 && swap > 0)
    throw usageError("--memory-swap: You should always set the Memory limit when using Memoryswap limit");
  if (swap > 0 && swap < limit) {
    throw usageError(`--memory-swap ${text}: Minimum memoryswap limit should be larger than memory limit`);
  }
  if (host.canLimitSwap()) return swap;
  // No limit is what such a host has anyway.
  if (swap === -1) return undefined;
  throw usageError("--memory-swap: this kernel cannot limit swap", "without it, or boot with swapaccount=1");
}

function parseCpu(flags: LimitFlags, host: HostFacts): OciCpu {
  const { cpus, "cpu-shares": shares, "cpuset-cpus": list, "cpuset-mems": mems } = flags;
  const weight = shares === undefined ? 0 : wholeNumber("--cpu-shares", shares, 0, 262144);
  if (weight === 1) throw usageError("--cpu-shares 1: the minimum allowed cpu-shares is 2");
  return {
    ...(weight > 0 ? { shares: weight } : {}),
    ...(cpus === undefined ? {} : parseCpus(cpus, host.cpus())),
    ...(list === undefined ? {} : { cpus: availableList("--cpuset-cpus", list, host.cpuset("cpus"), "CPUs") }),
    ...(mems === undefined ? {} : { mems: availableList("--cpuset-mems", mems, host.cpuset("mems"), "memory nodes") }),
  };
}

function availableList(flag: string, text: string, available: string | undefined, what: string): string {
  const wanted = parseCpuList(flag, text);
  // Without the controller, planning refuses the limit and names it.
  if (available === undefined) return text;
  const there = parseCpuList(flag, available);
  if ([...wanted].some((number) => !there.has(number))) {
    throw usageError(`${flag}: Requested ${what} are not available - requested ${text}, available: ${available}`);
  }
  return text;
}

/** docker has 0 mean the same as -1 here; OCI does not. */
function parsePids(text: string): number {
  const limit = wholeNumber("--pids-limit", text, -1, 4194304);
  return limit === 0 ? -1 : limit;
}

/** 0 where the flag was not given: docker's "not set". */
function sizeOf(flags: LimitFlags, name: "memory" | "memory-swap" | "memory-reservation"): number {
  const text = flags[name];
  return text === undefined ? 0 : parseSize(`--${name}`, text);
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const number = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw usageError(`${flag}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}
