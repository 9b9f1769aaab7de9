import { readdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { readControl } from "./control-file.ts";

/** The cgroups directly below one, or none where it does not exist. */
export function childCgroups(directory: string): string[] {
  const entries = unlessErrno(["ENOENT", "ENODEV"], () => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Every process in a cgroup and the cgroups below it, but this one. */
export function processesOf(directory: string): number[] {
  const own = (readControl(join(directory, "cgroup.procs")) ?? "").split("\n").map(Number);
  const below = childCgroups(directory).flatMap((child) => processesOf(join(directory, child)));
  // 0: a process of another pid namespace, which cannot be named from here.
  return [...own, ...below].filter((pid) => pid > 0 && pid !== process.pid);
}
