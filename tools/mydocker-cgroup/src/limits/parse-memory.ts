import { parseSize } from "@mydocker/cgroup";
import type { LimitFlags } from "@mydocker/cgroup/limit-flags";
import type { OciMemory } from "@mydocker/oci";
import { usageError, warn } from "@mydocker/stage";
import type { HostFacts } from "./host-facts.ts";
import { parseNumber } from "./parse-number.ts";

/** docker's minimum: below it hardly any process can start. */
const MIN_MEMORY = 6 * 1024 * 1024;

/** @param whole false for a change: what is not given stays as it is, and is judged with what is given later on */
export function parseMemory(flags: LimitFlags, host: HostFacts, whole: boolean): OciMemory {
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
  const swap = parseSwap(flags, limit, host, whole);
  const swappiness = parseSwappiness(flags["memory-swappiness"], host);
  return {
    ...(limit > 0 ? { limit } : {}),
    ...(swap === undefined ? {} : { swap }),
    ...(reservation > 0 ? { reservation } : {}),
    ...(swappiness === undefined ? {} : { swappiness }),
    ...parseOomKill(flags["oom-kill-disable"], limit, host),
  };
}

/** Without `--memory-swap` a container gets as much swap as memory, where the host can limit swap at all. */
function parseSwap(flags: LimitFlags, limit: number, host: HostFacts, whole: boolean): number | undefined {
  const text = flags["memory-swap"];
  const swap = text === "-1" ? -1 : sizeOf(flags, "memory-swap");
  if (swap === 0) return whole && limit > 0 && host.canLimitSwap() ? 2 * limit : undefined;
  if (whole && limit === 0 && swap > 0)
    throw usageError("--memory-swap: You should always set the Memory limit when using Memoryswap limit");
  if (swap > 0 && swap < limit) {
    throw usageError(`--memory-swap ${text}: Minimum memoryswap limit should be larger than memory limit`);
  }
  if (host.canLimitSwap()) return swap;
  // No limit is what such a host has anyway.
  if (swap === -1) return undefined;
  throw usageError("--memory-swap: this kernel cannot limit swap", "without it, or boot with swapaccount=1");
}

/** docker has -1 mean "not set". */
function parseSwappiness(text: string | undefined, host: HostFacts): number | undefined {
  if (text === undefined) return undefined;
  const swappiness = parseNumber("--memory-swappiness", text, -1, 100);
  if (swappiness === -1) return undefined;
  if (host.hasV1Memory()) return swappiness;
  // docker's words: a script that was written for v1 goes on.
  warn("--memory-swappiness: your kernel does not support memory swappiness on cgroup v2; it is discarded");
  return undefined;
}

function parseOomKill(isDisabled: boolean, limit: number, host: HostFacts): { disableOOMKiller?: true } {
  if (!isDisabled) return {};
  if (!host.hasV1Memory()) {
    warn("--oom-kill-disable: your kernel does not support it on cgroup v2; it is discarded");
    return {};
  }
  if (limit === 0) warn("--oom-kill-disable without --memory: the host itself can run out of memory");
  return { disableOOMKiller: true };
}

/** 0 where the flag was not given: docker's "not set". */
function sizeOf(flags: LimitFlags, name: "memory" | "memory-swap" | "memory-reservation"): number {
  const text = flags[name];
  return text === undefined ? 0 : parseSize(`--${name}`, text);
}
