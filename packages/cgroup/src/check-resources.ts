import type { OciResources } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";

/** kernel/sched/core.c: what the bandwidth controller takes, in microseconds. */
const PERIOD = { min: 1000, max: 1_000_000 };
const MIN_QUOTA = 1000;

/**
 * Refuses limits that contradict each other or that no kernel takes, before anything is written. Types and ranges of single
 * members are checked where the config is read.
 *
 * @throws MydockerError that names the member
 */
export function checkResources({ cpu, memory }: OciResources): void {
  const { quota, burst, period, realtimeRuntime, realtimePeriod } = cpu ?? {};
  if (period && (period < PERIOD.min || period > PERIOD.max)) {
    throw impossible("cpu.period", `${period} µs: expected ${PERIOD.min} to ${PERIOD.max}`);
  }
  if (quota && quota > 0 && quota < MIN_QUOTA) {
    throw impossible("cpu.quota", `${quota} µs: expected -1, or at least ${MIN_QUOTA}`);
  }
  if (burst && quota && quota > 0 && burst > quota) {
    throw impossible("cpu.burst", `${burst} is more than the quota, ${quota}`);
  }
  if (realtimeRuntime && realtimePeriod && realtimeRuntime > realtimePeriod) {
    throw impossible("cpu.realtimeRuntime", `${realtimeRuntime} is more than the realtimePeriod, ${realtimePeriod}`);
  }
  checkMemory(memory ?? {});
}

function checkMemory({ limit, swap, useHierarchy }: NonNullable<OciResources["memory"]>): void {
  if (swap && swap > 0) {
    if (!limit || limit < 0) throw impossible("memory.swap", "needs a memory limit beside it");
    if (swap < limit) {
      throw impossible("memory.swap", `${swap} is memory plus swap, so expected at least the limit, ${limit}`);
    }
  }
  // mm/memcontrol.c since Linux 5.11; 5.15 is the oldest that mydocker runs on.
  if (useHierarchy === false) throw impossible("memory.useHierarchy", "this kernel always counts hierarchically");
}

/** What is taken as read but has no effect, said so. */
export function warningsFor({ memory }: OciResources, hasV1Memory: boolean): string[] {
  return [
    // Its file does nothing since Linux 5.16; runc ignores it since 1.0.0-rc94.
    ...(memory?.kernel ? ["linux.resources.memory.kernel is ignored: kernel memory is part of the memory limit"] : []),
    ...(memory?.kernelTCP && !hasV1Memory
      ? ["linux.resources.memory.kernelTCP is ignored: cgroup v2 counts it as part of the memory limit"]
      : []),
  ];
}

function impossible(member: string, why: string): Error {
  return usageError(`linux.resources.${member}: ${why}`);
}
