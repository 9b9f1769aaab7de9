import { constants } from "node:os";
import { findSignal } from "@mydocker/stage";

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
  const number = findSignal(signal);
  if (number === constants.signals.SIGKILL) return false;
  return stopSignal === USUAL || number === findSignal(stopSignal);
}
