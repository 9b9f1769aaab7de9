import { constants } from "node:os";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const;

/**
 * Lets work come to its end, which takes a moment, before a signal that comes meanwhile ends this process: what is half done
 * would have to be undone by somebody else.
 */
export async function sheltered<T>(work: () => Promise<T>): Promise<T> {
  let caught = 0;
  const note = (signal: NodeJS.Signals): void => {
    caught = constants.signals[signal];
  };
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, note);
    if (caught !== 0) process.exit(128 + caught);
  }
}
