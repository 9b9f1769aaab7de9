import { usageError } from "@mydocker/stage";
import { text } from "./settings.ts";

/**
 * cpu.shares (2…262144, default 1024) as cpu.weight (1…10000, default 100): the linear formula of crun's
 * "CPU controller" table and of runc before 1.3.2, which every engine's users have seen so far.
 */
export function sharesToWeight(shares: number): number {
  const bounded = Math.min(Math.max(shares, 2), 262144);
  return 1 + Math.floor(((bounded - 2) * 9999) / 262142);
}

/**
 * A block I/O weight (10…1000) as io.weight (1…10000): crun's "IO controller" table, runc's
 * ConvertBlkIOToIOWeightValue.
 */
export function blkioWeightToIoWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/**
 * OCI's `swap` is memory plus swap, v2's memory.swap.max is swap alone (runc: ConvertMemorySwapToCgroupV2Value).
 *
 * @param swap memory plus swap in bytes; -1 for no limit
 * @param limit memory in bytes
 */
export function swapToV2(swap: number, limit: number | undefined): string {
  if (swap < 0) return "max";
  if (limit === undefined || limit <= 0)
    throw usageError("linux.resources.memory.swap: needs a memory limit beside it");
  if (swap < limit) {
    throw usageError(
      `linux.resources.memory.swap: ${swap} is memory plus swap, so expected at least the limit, ${limit}`,
    );
  }
  return text(swap - limit);
}

/** -1 is OCI's "no limit"; v2 and the pids controller write it `max`. */
export function orMax(value: number): string {
  return value < 0 ? "max" : text(value);
}
