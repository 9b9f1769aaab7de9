import { usageError } from "@mydocker/stage";

/** Microseconds: docker's, and the kernel's default. */
export const CPU_PERIOD = 100_000;

/**
 * `--cpus 1.5` as a quota of processor time per period.
 *
 * @param available number of the host's processors
 * @throws MydockerError with docker's words for more than the host has
 */
export function parseCpus(text: string, available: number): { quota: number; period: number } | undefined {
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) {
    throw usageError(`--cpus: expected a number of CPUs such as 1.5, got ${JSON.stringify(text)}`);
  }
  const cpus = Number(text);
  if (cpus === 0) return undefined;
  // Below 0.01 the quota would be under the kernel's minimum of one millisecond (sched-bwc.rst).
  if (cpus < 0.01 || cpus > available) {
    const range = `range of CPUs is from 0.01 to ${available}.00`;
    throw usageError(`--cpus ${text}: ${range}, as there are only ${available} CPUs available`);
  }
  return { quota: Math.round(cpus * CPU_PERIOD), period: CPU_PERIOD };
}

/** The kernel's largest cpu number by far (CONFIG_NR_CPUS is 8192 at most): bounds what a range expands to. */
const MAX_CPU = 8191;

/**
 * A list of CPUs or memory nodes as the kernel writes it (cpuset(7), "List format"): `0-2,7`.
 *
 * @throws MydockerError for anything else
 */
export function parseCpuList(flag: string, text: string): Set<number> {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const [, from, to = from] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === undefined || first > last || last > MAX_CPU) {
      throw usageError(`${flag}: expected a list such as 0-2,7, got ${JSON.stringify(text)}`);
    }
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return numbers;
}
