import { humanSize } from "../format/size.ts";

/** A line of `system df`. */
export interface UsageLine {
  type: string;
  total: number;
  active: number;
  size: number;
  reclaimable: number;
}

/** What each thing takes, in docker's words: a thing that is not active could go. */
export function addUp(type: string, things: { size: number; isActive: boolean }[]): UsageLine {
  const sum = (list: { size: number }[]): number => list.reduce((total, { size }) => total + size, 0);
  const active = things.filter(({ isActive }) => isActive);
  const size = sum(things);
  return { type, total: things.length, active: active.length, size, reclaimable: size - sum(active) };
}

/** `11.63MB (70%)`; nothing of nothing is no part. */
export function shownReclaimable({ size, reclaimable }: UsageLine): string {
  const shown = humanSize(reclaimable, 4);
  return size === 0 ? shown : `${shown} (${Math.floor((reclaimable * 100) / size)}%)`;
}
