import { countOomKills, defaultCgroupsPath, findHierarchies, readLimits, removeCgroup } from "@mydocker/cgroup";
import { checkContainerId, defineCommand, MydockerError, reportError, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";

/** 128 + SIGKILL. */
const KILLED = 137;

export const command = defineCommand({
  summary:
    "Take away the cgroup of a command that has ended, and end with its exit code: `apply -- COMMAND` comes to this.",
  usage: "finish ID CODE",
  examples: ["mydocker-cgroup finish command-4711.8150 0"],
  flags: {},
  args: { min: 2, max: 2 },
  async run({ args }) {
    const [id = "", code = ""] = args;
    const cgroupsPath = defaultCgroupsPath(hostPaths().prefix, checkContainerId(id));
    if (!/^\d{1,3}$/.test(code)) throw usageError(`expected an exit code, got ${JSON.stringify(code)}`);
    const hierarchies = findHierarchies();
    const isOutOfMemory = Number(code) === KILLED && (countOomKills(hierarchies, cgroupsPath) ?? 0) > 0;
    if (isOutOfMemory) reportError(killedFor(readLimits(hierarchies, cgroupsPath).memory?.limit));
    // What it has left running in the background goes with it, as with a container.
    removeCgroup(hierarchies, cgroupsPath, { kill: true });
    return Number(code);
  },
});

const MEBIBYTE = 2 ** 20;

function killedFor(limit: number | undefined): MydockerError {
  if (limit === undefined) return new MydockerError("killed: the host had no memory left", { code: "OOM" });
  const size = limit % MEBIBYTE === 0 ? `${limit / MEBIBYTE} MiB` : `${limit} byte`;
  return new MydockerError(`killed: over its ${size} memory limit`, { code: "OOM", hint: "a higher --memory" });
}
