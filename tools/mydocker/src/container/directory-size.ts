import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";

/** Bytes of the files below a path; links are not followed, and what goes away meanwhile does not count. */
export function directorySize(path: string): number {
  const stat = unlessErrno(["ENOENT", "ENOTDIR"], () => lstatSync(path));
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  const names = unlessErrno(["ENOENT", "ENOTDIR"], () => readdirSync(path)) ?? [];
  return names.reduce((sum, name) => sum + directorySize(join(path, name)), 0);
}
