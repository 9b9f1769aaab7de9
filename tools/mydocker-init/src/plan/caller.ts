import type { ErrorLog } from "@mydocker/stage";
import { type Operation, operation } from "./operations.ts";

/** What whoever calls an OCI runtime asks for beyond the container. Paths are absolute. */
export interface Caller {
  /** Gets the pid of the container's process, in decimal and without a newline. */
  pidFile?: string;
  /** Unix socket that gets the terminal's master. */
  consoleSocket?: string;
  /** Unix socket that gets the process's pidfd. */
  pidfdSocket?: string;
  /** How many descriptors, from 3 on, the process is to have besides stdio. */
  kept?: number;
  /** Whether the process gets a session keyring of its own, or has its caller's. */
  keyring?: boolean;
  /** Gets a line where the call fails. */
  log?: ErrorLog;
}

/** The kinds of a process, in the words that runc sends along with its pidfd. */
export type CalledProcess = "standard" | "setns";

/**
 * The host phase of what the caller has asked for. It stands in front of all that is made, so that a path that is wrong is
 * found first; and of `join-process`, behind which paths are the container's.
 */
export function planCaller(caller: Caller, kind: CalledProcess): Operation[] {
  const { pidFile, consoleSocket, pidfdSocket, log } = caller;
  return [
    ...(log === undefined ? [] : [operation("log", log.path, log.format === "json" ? 1 : 0)]),
    ...(consoleSocket === undefined ? [] : [operation("console-socket", consoleSocket)]),
    ...(pidfdSocket === undefined ? [] : [operation("pidfd-socket", pidfdSocket, kind)]),
    ...(pidFile === undefined ? [] : [operation("pid-file", pidFile)]),
  ];
}

/** Its part in the container's process. */
export function planCalled({ kept, keyring }: Caller): Operation[] {
  return [
    ...(kept === undefined ? [] : [operation("keep-descriptors", kept)]),
    ...(keyring === true ? [operation("session-keyring")] : []),
  ];
}
