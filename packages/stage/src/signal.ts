import { constants } from "node:os";
import { usageError } from "./errors.ts";

/**
 * A number, or a name with or without SIG; real-time signals as RTMIN+n and RTMAX-n.
 *
 * @throws MydockerError for what is none
 */
export function parseSignal(text: string): number {
  const number = findSignal(text);
  if (number === undefined) {
    throw usageError(`signal "${text}": expected a name such as TERM, or a number from 1 to 64`);
  }
  return number;
}

/** As `parseSignal`; undefined for what is none. */
export function findSignal(text: string): number | undefined {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : namedSignal(text.toUpperCase().replace(/^SIG/, ""));
  return number === undefined || number < 1 || number > 64 ? undefined : number;
}

/** glibc keeps two real-time signals to itself: its SIGRTMIN is 34. */
function namedSignal(name: string): number | undefined {
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const [, end, sign, offset = "0"] = realTime;
    return (end === "MIN" ? 34 : 64) + (sign === "-" ? -Number(offset) : Number(offset));
  }
  return Object.entries(constants.signals).find(([signal]) => signal === `SIG${name}`)?.[1];
}
