import type { OciConfig } from "@mydocker/oci";
import { type Operation, operation } from "./operations.ts";

/** A compiled filter, and where its listener goes. */
export interface PlannedSeccomp {
  filter: Uint8Array;
  /** Of seccomp(2). */
  flags: number;
  listener?: { path: string; metadata?: string };
}

/** The host's part: the agent's socket is in the runtime's file system. */
export function planListener(seccomp: PlannedSeccomp | undefined): Operation[] {
  return seccomp?.listener === undefined ? [] : [operation("seccomp-listener", seccomp.listener.path)];
}

/**
 * The filter itself. With a listener, the agent gets a ContainerProcessState (config-linux.md#containerprocessstate) along
 * with it, in pieces between which the shim puts the process's pid.
 *
 * @param state the container's state, in pieces too; one, where its pid is known
 */
export function planFilter(
  seccomp: PlannedSeccomp | undefined,
  config: OciConfig,
  state: readonly string[],
): Operation[] {
  if (seccomp === undefined) return [];
  const { filter, flags, listener } = seccomp;
  if (listener === undefined) return [operation("seccomp", filter, flags)];
  const { metadata } = listener;
  const head = `${JSON.stringify({ ociVersion: config.ociVersion, fds: ["seccompFd"] }).slice(0, -1)},"pid":`;
  const middle = metadata === undefined ? "" : `,"metadata":${JSON.stringify(metadata)}`;
  const pieces = [`${middle},"state":${state[0] ?? ""}`, ...state.slice(1)];
  const last = pieces.pop() ?? "";
  return [operation("seccomp-notify", filter, flags, head, ...pieces, `${last}}`)];
}
