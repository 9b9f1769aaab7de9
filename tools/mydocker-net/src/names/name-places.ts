import { readdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";

/** What a network's name server works from. */
export interface NamePlaces {
  directory: string;
  /** A file for each endpoint, as hosts(5) has it; the server sees them come and go. */
  hosts: string;
  /** Written by the server. */
  pidFile: string;
}

/** Beside MYDOCKER_RUN, which is closed to all but root: the server is not root when it reads. */
export function namesDirectory(paths: HostPaths): string {
  return `${paths.run}-names`;
}

export function namePlaces(paths: HostPaths, bridge: string): NamePlaces {
  const directory = join(namesDirectory(paths), bridge);
  return { directory, hosts: join(directory, "hosts"), pidFile: join(directory, "pid") };
}

/** Bridges that have or had a name server. */
export function listNamedBridges(paths: HostPaths): string[] {
  return unlessErrno(["ENOENT"], () => readdirSync(namesDirectory(paths))) ?? [];
}

export function namesLock(paths: HostPaths): string {
  return join(paths.run, "net/names.lock");
}
