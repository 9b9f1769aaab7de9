import { usageError } from "@mydocker/stage";

/** A character, or one with ctrl: what the client takes (shim/detach-keys.c). */
const KEYS = /^(?:(?:[ -+.-~-]|ctrl-[@-_a-z])(?:,(?!$)|$))*$/;

/** How many the client takes. */
const MOST = 16;

/** Asked before a container is made, or its start claimed: its client alone would find out too late. @throws MydockerError */
export function checkDetachKeys(keys: string | undefined): void {
  if (keys === undefined || (KEYS.test(keys) && keys.split(",").length <= MOST)) return;
  throw usageError(`--detach-keys ${JSON.stringify(keys)}: expected keys like ctrl-p,ctrl-q`);
}
