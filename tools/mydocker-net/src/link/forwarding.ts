import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { systemError, unlessErrno } from "@mydocker/stage";

/** What lets the host pass packets on, and where we note that it was us who turned it on: outside MYDOCKER_RUN, for there is one such
 * switch on the host, and any of several mydockers may have done so. */
const SWITCHES = {
  4: {
    name: "net.ipv4.ip_forward",
    path: "/proc/sys/net/ipv4/ip_forward",
    turnedOn: "/run/mydocker-turned-on-ip-forward",
  },
  6: {
    name: "net.ipv6.conf.all.forwarding",
    path: "/proc/sys/net/ipv6/conf/all/forwarding",
    turnedOn: "/run/mydocker-turned-on-ipv6-forwarding",
  },
} as const;

type Family = keyof typeof SWITCHES;

/** @param ipv6 whether IPv6 has to be passed on as well */
export function isForwarding(ipv6: boolean): boolean {
  return isOn(4) && (!ipv6 || isOn(6));
}

/** Turns forwarding on, and remembers it where that was us. Call it under the network lock. */
export function enableForwarding(ipv6: boolean): void {
  turnOn(4);
  if (!ipv6 || isOn(6)) return;
  keepRouterAdvertisements();
  turnOn(6);
}

/**
 * Turns forwarding off again where we had turned it on, unless the host has a bridge left: somebody else's containers
 * or machines may have come to rely on it. Call it under the network lock.
 *
 * @returns names of what it turned off
 */
export function restoreForwarding(): string[] {
  if (hasBridge()) return [];
  return ([4, 6] as const).filter(turnOff).map((family) => SWITCHES[family].name);
}

function isOn(family: Family): boolean {
  return readFileSync(SWITCHES[family].path, "utf8").trim() === "1";
}

function turnOn(family: Family): void {
  if (isOn(family)) return;
  const { name, path, turnedOn } = SWITCHES[family];
  try {
    writeFileSync(turnedOn, "");
    writeFileSync(path, "1\n");
  } catch (error) {
    throw systemError(`turn on ${name}`, error, `sysctl -w ${name}=1`);
  }
}

function turnOff(family: Family): boolean {
  const { path, turnedOn } = SWITCHES[family];
  if (!existsSync(turnedOn)) return false;
  writeFileSync(path, "0\n");
  rmSync(turnedOn, { force: true });
  return true;
}

/** A host that passes IPv6 on heeds no router's advertisements, and may lose its own way out, unless `accept_ra` is 2 (ip-sysctl.rst). */
function keepRouterAdvertisements(): void {
  for (const link of readdirSync("/proc/sys/net/ipv6/conf")) {
    const path = `/proc/sys/net/ipv6/conf/${link}/accept_ra`;
    if (link === "all" || unlessErrno(["ENOENT"], () => readFileSync(path, "utf8").trim()) !== "1") continue;
    unlessErrno(["ENOENT"], () => writeFileSync(path, "2\n"));
  }
}

function hasBridge(): boolean {
  return readdirSync("/sys/class/net").some((link) => existsSync(`/sys/class/net/${link}/bridge`));
}
