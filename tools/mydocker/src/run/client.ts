import type { RunFlags } from "./flags.ts";

/** Where the monitor of a container that waits for `start` is met. */
export interface RuntimeFiles {
  socket: string;
  start: string;
  started: string;
}

/** The client of a foreground container: connects, starts it, relays, and exits with its exit code. */
export function attachCommand(shim: string, files: RuntimeFiles, flags: RunFlags): string[] {
  return [
    shim,
    "attach",
    "--socket",
    files.socket,
    ...(flags.interactive ? ["--stdin"] : []),
    ...(flags.tty ? ["--tty"] : []),
    "--start",
    files.start,
    ...(flags["sig-proxy"] === "false" ? ["--keep-signals"] : []),
    ...(flags["detach-keys"] === undefined ? [] : ["--detach-keys", flags["detach-keys"]]),
  ];
}
