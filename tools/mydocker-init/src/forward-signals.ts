import type { ChildProcess } from "node:child_process";

/** What a person or a supervisor sends to the front process in order to reach the container's. */
const FORWARDED: NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGWINCH"];

/** Passes signals on to a child that is in a session of its own, until it has ended. */
export function forwardSignals(child: ChildProcess): void {
  const handlers = FORWARDED.map((signal) => ({ signal, handler: () => void child.kill(signal) }));
  for (const { signal, handler } of handlers) process.on(signal, handler);
  child.once("exit", () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
  });
}

/** Lets this process end while the child lives on. */
export function letGo(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
}
