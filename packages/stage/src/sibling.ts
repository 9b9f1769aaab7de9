import { dirname, join } from "node:path";

/**
 * Our own executables are found beside the running one, never through PATH: a pipeline of one version stays one version.
 * `process.execPath` is the multi-call binary behind the five names.
 */
export function siblingPath(tool: string): string {
  return join(binDirectory(), tool);
}

/** The C program that makes the system calls. */
export function shimPath(): string {
  return join(binDirectory(), "..", "libexec", "mydocker", "mydocker-shim");
}

/** The C program that compiles seccomp filters. */
export function seccompPath(): string {
  return join(binDirectory(), "..", "libexec", "mydocker", "mydocker-seccomp");
}

/** Read-only data that comes with the installation: the embedded image, completions. */
export function sharePath(...parts: string[]): string {
  return join(binDirectory(), "..", "share", "mydocker", ...parts);
}

function binDirectory(): string {
  return process.env.MYDOCKER_BIN ?? dirname(process.execPath);
}
