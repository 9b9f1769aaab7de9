import { readdirSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { keysDirectory } from "./names.ts";
import { listClaims } from "./record.ts";

/** Network namespaces with a name of ours. */
export function listNamespaces(paths: HostPaths): { netns: string; key: string }[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync("/run/netns")) ?? [];
  const ours = new RegExp(`^${paths.prefix}-([0-9a-f]{12})$`);
  return names.flatMap((netns) => {
    const key = ours.exec(netns)?.[1];
    return key === undefined ? [] : [{ netns, key }];
  });
}

/** Those that no claim speaks for. */
export function listUnclaimedNamespaces(paths: HostPaths): { netns: string; key: string }[] {
  const known = knownKeys(paths);
  return listNamespaces(paths).filter(({ key }) => !known.has(key));
}

export function knownKeys(paths: HostPaths): Set<string> {
  return new Set(listClaims(keysDirectory(paths)).map(({ name }) => name));
}
