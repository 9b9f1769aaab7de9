import { constants } from "node:os";

/** The stop signal of a container for which nobody has named one. */
const USUAL = "SIGTERM";

/**
 * Whether a paused container is let run on for a signal: docker does so for its stop signal, and where it has none of its own
 * for any. SIGKILL is not asked for here: mydocker-init thaws for it.
 *
 * @param signal `TERM`, `SIGTERM`, `sigterm` or `15`
 * @param stopSignal as the container's record has it
 */
export function endsPause(signal: string, stopSignal: string): boolean {
  if (/^(SIG)?KILL$|^9$/i.test(signal)) return false;
  if (stopSignal === USUAL) return true;
  const name = signal.toUpperCase();
  const number = Object.entries(constants.signals).find(([known]) => known === stopSignal)?.[1];
  return name === stopSignal || `SIG${name}` === stopSignal || Number(signal) === number;
}
