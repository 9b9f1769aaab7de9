import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { unlessErrno } from "@mydocker/stage";

/** Whether the host has a link of that name. */
export function linkExists(link: string): boolean {
  return existsSync(`/sys/class/net/${link}`);
}

export function bridgeExists(bridge: string): boolean {
  return existsSync(`/sys/class/net/${bridge}/bridge`);
}

/** Name of the bridge a link is on, or undefined. */
export function masterOf(link: string): string | undefined {
  const target = unlessErrno(["ENOENT", "EINVAL"], () => readlinkSync(`/sys/class/net/${link}/master`));
  return target === undefined ? undefined : basename(target);
}

/** Names of the links on a bridge. */
export function linksOn(bridge: string): string[] {
  return unlessErrno(["ENOENT"], () => readdirSync(`/sys/class/net/${bridge}/brif`)) ?? [];
}
