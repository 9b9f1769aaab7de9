import { readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";

/** A v1 host whose v2 hierarchy has controllers too: crun refuses to make cgroups there ("hybrid mode not supported"). */
export function isHybridWithControllers() {
  try {
    return readFileSync(join(ROOT, "unified/cgroup.controllers"), "utf8").trim() !== "";
  } catch {
    return false;
  }
}

/** Removes cgroups of these names, in every hierarchy (v1) or the one there is (v2), where they are empty. */
export function removeCgroups(...names) {
  const hierarchies = [ROOT, ...directoriesIn(ROOT).map((name) => join(ROOT, name))];
  for (const hierarchy of hierarchies) {
    for (const name of names) removeTree(join(hierarchy, name));
  }
}

function removeTree(directory) {
  for (const name of directoriesIn(directory)) removeTree(join(directory, name));
  try {
    rmdirSync(directory);
  } catch {
    // Not there, or in use by somebody else: then it is not ours to remove.
  }
}

function directoriesIn(directory) {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
