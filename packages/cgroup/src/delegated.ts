import { readFileSync, statSync } from "node:fs";
import { unlessErrno } from "@mydocker/stage";
import type { Hierarchy } from "./hierarchy.ts";

/**
 * The hierarchies as somebody sees them who is not root: from the highest cgroup on that has been given to them (cgroup-v2.rst,
 * "Delegation": its directory belongs to them). What has not been given is left out, as if the host had no such controller.
 *
 * @param own text of /proc/self/cgroup (cgroups(7))
 * @param ownerOf the user id that a directory belongs to; undefined where there is none
 */
export function delegatedHierarchies(
  hierarchies: Hierarchy[],
  user: number,
  own: string = readFileSync("/proc/self/cgroup", "utf8"),
  ownerOf: (directory: string) => number | undefined = ownerOfDirectory,
  controllersOf: (directory: string) => string[] = readControllers,
): Hierarchy[] {
  return hierarchies.flatMap((hierarchy) => {
    const levels = levelsOf(ownPath(own, hierarchy));
    const base = levels.map((level) => `${hierarchy.path}${level}`).find((directory) => ownerOf(directory) === user);
    if (base === undefined) return [];
    const controllers = hierarchy.version === 1 ? hierarchy.controllers : controllersOf(base);
    return [{ ...hierarchy, path: base, controllers }];
  });
}

/** A line of v1 is `4:memory:/path`, that of v2 `0::/path`. */
function ownPath(own: string, { version, controllers }: Hierarchy): string {
  for (const line of own.split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    if (version === 2 ? names === "" : controllers.some((name) => names.split(",").includes(name))) return path;
  }
  return "/";
}

/** `["/a", "/a/b"]` of `/a/b`: the top itself is never anybody's but root's. */
function levelsOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

function ownerOfDirectory(directory: string): number | undefined {
  return unlessErrno(["ENOENT", "EACCES"], () => statSync(directory).uid);
}

/** What a cgroup of v2 may hand down. */
export function readControllers(directory: string): string[] {
  return readFileSync(`${directory}/cgroup.controllers`, "utf8").split(/\s+/).filter(Boolean);
}
