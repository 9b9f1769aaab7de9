import { join } from "node:path";
import { dataDirectory, programsDirectory, toolsDirectory } from "@mydocker/system/installation";

/** Our own executables, never through PATH: a pipeline of one version stays one version. */
export function siblingPath(tool: string): string {
  return join(toolsDirectory(), tool);
}

/** The C program that makes the system calls. */
export function shimPath(): string {
  return join(programsDirectory(), "mydocker-shim");
}

/** The C program that compiles seccomp filters. */
export function seccompPath(): string {
  return join(programsDirectory(), "mydocker-seccomp");
}

/** Read-only data that comes with the installation: the embedded image, completions. */
export function sharePath(...parts: string[]): string {
  return join(dataDirectory(), ...parts);
}
