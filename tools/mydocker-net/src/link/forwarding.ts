import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { systemError } from "@mydocker/stage";

const SWITCH = "/proc/sys/net/ipv4/ip_forward";
/** Outside MYDOCKER_RUN: there is one such switch on the host, and any of several mydockers may have turned it on. */
const TURNED_ON = "/run/mydocker-turned-on-ip-forward";

export function isForwarding(): boolean {
  return readFileSync(SWITCH, "utf8").trim() === "1";
}

/** Turns forwarding on, and remembers it where that was us. Call it under the network lock. */
export function enableForwarding(): void {
  if (isForwarding()) return;
  try {
    writeFileSync(TURNED_ON, "");
    writeFileSync(SWITCH, "1\n");
  } catch (error) {
    throw systemError("turn on net.ipv4.ip_forward", error, "sysctl -w net.ipv4.ip_forward=1");
  }
}

/**
 * Turns forwarding off again where we had turned it on, unless the host has a bridge left: somebody else's containers
 * or machines may have come to rely on it. Call it under the network lock.
 *
 * @returns whether it did
 */
export function restoreForwarding(): boolean {
  if (!existsSync(TURNED_ON) || hasBridge()) return false;
  writeFileSync(SWITCH, "0\n");
  rmSync(TURNED_ON, { force: true });
  return true;
}

function hasBridge(): boolean {
  return readdirSync("/sys/class/net").some((link) => existsSync(`/sys/class/net/${link}/bridge`));
}
