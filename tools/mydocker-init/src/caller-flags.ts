import { fstatSync, readlinkSync } from "node:fs";
import { resolve } from "node:path";
import { type Flags, type FlagValues, logOptions, unlessErrno, usageError } from "@mydocker/stage";
import type { Caller } from "./plan/caller.ts";

/** Flags of every verb that makes a process, as engines pass them. */
export const CALLER_FLAGS = {
  "pid-file": { type: "string", value: "FILE", description: "Write the process's pid to a file" },
  "console-socket": { type: "string", value: "SOCKET", description: "Unix socket that gets the terminal's master" },
  "pidfd-socket": { type: "string", value: "SOCKET", description: "Unix socket that gets the process's pidfd" },
  "preserve-fds": { type: "string", value: "N", description: "Pass N more descriptors on, from 3 on" },
} as const satisfies Flags;

/** The shim makes no more. */
const MOST_KEPT = 1024;

/**
 * Reads the flags.
 *
 * @param listening how many descriptors socket activation has left in front of those (`listeningDescriptors`)
 * @throws MydockerError for a descriptor that is not open
 */
export function readCaller(flags: FlagValues<typeof CALLER_FLAGS>, listening = 0): Caller {
  const kept = listening + readCount(flags["preserve-fds"] ?? "0");
  for (let descriptor = 3; descriptor < 3 + kept; descriptor += 1) requireOpen(descriptor);
  const { file } = logOptions();
  return {
    ...(flags["pid-file"] === undefined ? {} : { pidFile: readPath("--pid-file", flags["pid-file"]) }),
    ...(flags["console-socket"] === undefined
      ? {}
      : { consoleSocket: readPath("--console-socket", flags["console-socket"]) }),
    ...(flags["pidfd-socket"] === undefined ? {} : { pidfdSocket: readPath("--pidfd-socket", flags["pidfd-socket"]) }),
    ...(kept === 0 ? {} : { kept }),
    ...(file === undefined ? {} : { log: file }),
  };
}

/**
 * sd_listen_fds(3): descriptors that a service manager has opened for this very process, which are the container's, as
 * runc has it.
 */
export function listeningDescriptors(env: NodeJS.ProcessEnv, pid: number): number {
  if (env.LISTEN_PID !== String(pid) || !/^\d{1,3}$/.test(env.LISTEN_FDS ?? "")) return 0;
  return Number(env.LISTEN_FDS);
}

function readCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : MOST_KEPT + 1;
  if (count > MOST_KEPT) throw usageError(`--preserve-fds: expected a number from 0 to ${MOST_KEPT}, got "${text}"`);
  return count;
}

function readPath(flag: string, path: string): string {
  if (path === "") throw usageError(`${flag}: expected a path, got ""`);
  return resolve(path);
}

/** A number that the caller left free may have been taken by this program's own epoll, the first descriptor that it opens. */
function requireOpen(descriptor: number): void {
  const open = unlessErrno(["EBADF"], () => fstatSync(descriptor)) !== undefined;
  const own = unlessErrno(["ENOENT"], () => readlinkSync(`/proc/self/fd/${descriptor}`)) === "anon_inode:[eventpoll]";
  if (!open || own) throw usageError(`--preserve-fds: descriptor ${descriptor} is not open`);
}
