import type { ContainerUsage, UsageRound } from "@mydocker/cgroup";

/** What is shown of a container. Undefined is what is not known. */
export interface Figures {
  /** Per cent of one processor. */
  cpu: number | undefined;
  /** The same as a share of all there are, 0 to 1. */
  cpuShare: number | undefined;
  memory: { used: number; limit: number; share: number } | undefined;
  network: { received: number; sent: number };
  io: { read: number; written: number } | undefined;
  pids: number | undefined;
}

/** As docker shows what does not run. */
export const NOTHING: Figures = {
  cpu: 0,
  cpuShare: 0,
  memory: { used: 0, limit: 0, share: 0 },
  network: { received: 0, sent: 0 },
  io: { read: 0, written: 0 },
  pids: 0,
};

/**
 * What a container used between two rounds, and has at the second.
 *
 * @param before undefined where there was no round before: then nothing is known of the processor
 * @returns undefined for a container that is not in the round
 */
export function figuresOf(before: UsageRound | undefined, round: UsageRound, id: string): Figures | undefined {
  const sample = round.containers.find((each) => each.id === id);
  if (sample === undefined) return undefined;
  const cpu = cpuPercent(before, round, sample);
  return {
    cpu,
    cpuShare: cpu === undefined ? undefined : Math.min(cpu / (100 * Math.max(round.cpus, 1)), 1),
    memory: memoryOf(round, sample),
    network: sample.network ?? { received: 0, sent: 0 },
    io: sample.io,
    pids: sample.pids?.current,
  };
}

/** A container that was started again in between counts from 0: its init is another. */
function cpuPercent(before: UsageRound | undefined, round: UsageRound, sample: ContainerUsage): number | undefined {
  const last = before?.containers.find(({ id, pid }) => id === sample.id && pid === sample.pid);
  if (before === undefined || last?.cpu === undefined || sample.cpu === undefined) return undefined;
  const elapsed = round.monotonic - before.monotonic;
  return elapsed <= 0 ? undefined : (Math.max(sample.cpu.usage - last.cpu.usage, 0) / elapsed) * 100;
}

/** docker leaves out cache that the kernel drops before anything is short. */
function memoryOf(round: UsageRound, { memory }: ContainerUsage): Figures["memory"] {
  if (memory === undefined) return undefined;
  const used = Math.max(memory.usage - memory.inactiveFile, 0);
  const limit = Math.min(memory.limit ?? round.memory, round.memory);
  return { used, limit, share: limit === 0 ? 0 : used / limit };
}
