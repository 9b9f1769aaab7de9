import { join } from "node:path";
import { type HostPaths, RUNTIME_FILE, runtimeDirectory } from "@mydocker/state";

/** Where the monitor of a container that waits for `start` is met. */
export interface RuntimeFiles {
  socket: string;
  start: string;
  started: string;
}

export function runtimeFiles(paths: HostPaths, id: string): RuntimeFiles {
  const directory = runtimeDirectory(paths, id);
  return {
    socket: join(directory, RUNTIME_FILE.attach),
    start: join(directory, RUNTIME_FILE.start),
    started: join(directory, RUNTIME_FILE.started),
  };
}

/** What of the flags a client is told. */
export interface ClientOptions {
  /** Feed stdin. */
  interactive: boolean;
  tty: boolean;
  "sig-proxy"?: string | undefined;
  "detach-keys"?: string | undefined;
}

/**
 * The client of a container: connects, starts it, relays, and exits with its exit code.
 *
 * @param files without `start` for one that runs already
 */
export function attachCommand(
  shim: string,
  files: Pick<RuntimeFiles, "socket"> & { start?: string },
  options: ClientOptions,
): [string, ...string[]] {
  return [
    shim,
    "attach",
    "--socket",
    files.socket,
    ...(options.interactive ? ["--stdin"] : []),
    ...(options.tty ? ["--tty"] : []),
    ...(files.start === undefined ? [] : ["--start", files.start]),
    ...(options["sig-proxy"] === "false" ? ["--keep-signals"] : []),
    ...(options["detach-keys"] === undefined ? [] : ["--detach-keys", options["detach-keys"]]),
  ];
}
