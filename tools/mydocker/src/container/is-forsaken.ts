import { readlinkSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import { isAlive } from "@mydocker/state";
import type { Container } from "./container.ts";

/**
 * Its init waits for a start that nobody will give: whoever built it is gone. Between the claim of the start and the
 * start itself it counts as running, but its init is still the shim's copy in memory, not the container's command.
 */
export function isForsaken({ life, record }: Container): boolean {
  const isWaiting =
    life.status === "created" || (life.status === "running" && isUnstarted(life.runtime?.init.pid ?? 0));
  return isWaiting && !isAlive(record.owner);
}

function isUnstarted(pid: number): boolean {
  const executable = unlessErrno(["ENOENT", "ESRCH", "EACCES"], () => readlinkSync(`/proc/${pid}/exe`));
  return executable?.startsWith("/memfd:") === true;
}
