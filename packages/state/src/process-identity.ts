import { readTextIfExists } from "./atomic-file.ts";

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot (proc_pid_stat(5), field 22). */
  start: number;
}

/** @returns undefined when there is no such process */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat === undefined ? undefined : { pid, start: stat.start };
}

/** Whether that very process still runs. A zombie has ended: only its parent has not looked yet. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  return stat !== undefined && stat.start === identity.start && stat.state !== "Z" && stat.state !== "X";
}

function readStat(pid: number): { state: string; start: number } | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const text = readTextIfExists(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: Number(fields[19]) };
}
