import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";

const ROOT = "/sys/fs/cgroup";

/** Cgroups below `parent`, in every hierarchy (v1) and the one there is (v2). */
export function cgroupsBelow(parent: string): string[] {
  return parents(parent).flatMap(tree);
}

/** Removes `parent` and what is below it, in every hierarchy, where it is empty. */
export function removeCgroups(parent: string): void {
  for (const directory of parents(parent)) {
    for (const path of [...tree(directory).reverse(), directory]) {
      unlessErrno(["ENOENT", "EBUSY"], () => rmdirSync(path));
    }
  }
}

/** A value of a cgroup's, by its name in v1 (`CONTROLLER/FILE`) and v2. */
export function readCgroup(cgroup: string, v1: string, v2: string): string {
  const [controller = "", file = ""] = v1.split("/");
  const path = join(ROOT, controller, cgroup, file);
  return readFileSync(existsSync(path) ? path : join(ROOT, cgroup, v2), "utf8").trim();
}

function parents(parent: string): string[] {
  return ["", ...directoriesIn(ROOT)].map((hierarchy) => join(ROOT, hierarchy, parent));
}

function tree(directory: string): string[] {
  return directoriesIn(directory).flatMap((name) => [join(directory, name), ...tree(join(directory, name))]);
}

function directoriesIn(directory: string): string[] {
  const entries = unlessErrno(["ENOENT"], () => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
