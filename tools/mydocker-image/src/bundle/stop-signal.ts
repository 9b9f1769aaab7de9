import { usageError } from "@mydocker/stage";

/** SIGRTMIN in the kernel's count, less the two that libc keeps for itself: 34 to 64 are left. */
const REALTIME = /^SIGRT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/;
const REALTIME_COUNT = 30;

/**
 * A signal as a container's record has it: `SIGTERM`, `SIGRTMIN+3`, or the digits of one without a name.
 *
 * @param text `TERM`, `SIGTERM`, `sigterm` or `15`
 * @param what names where it stands, for the message
 */
export function checkStopSignal(text: string, what: string): string {
  const { signals } = process.getBuiltinModule("node:os").constants;
  const fail = (): never => {
    throw usageError(`${what} ${JSON.stringify(text.slice(0, 40))}: no such signal`, "SIGTERM, TERM or 15");
  };
  if (/^\d{1,3}$/.test(text)) {
    const number = Number(text);
    if (number < 1 || number > 64) fail();
    return Object.entries(signals).find(([, value]) => value === number)?.[0] ?? `${number}`;
  }
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  const realtime = REALTIME.exec(name);
  if (realtime !== null && Number(realtime[1] ?? realtime[2] ?? "0") <= REALTIME_COUNT) return name;
  return name in signals ? name : fail();
}
