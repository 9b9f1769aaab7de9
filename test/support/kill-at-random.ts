import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { type HostPaths, readRuntimeState } from "@mydocker/state";

export type Victim = "front end" | "stage" | "container";

/** mulberry32: a failing run can be had again from the seed that the test prints. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Processes that are what is to be killed, at this moment.
 *
 * @param front pid of the front end
 */
export function findVictims(victim: Victim, front: number, paths: HostPaths): number[] {
  if (victim === "front end") return [front];
  if (victim === "container") return containerProcesses(paths);
  return descendants(front);
}

/** Kills without a word about processes that are gone already. */
export function killQuietly(pid: number): boolean {
  return (
    unlessErrno(["ESRCH"], () => {
      process.kill(pid, "SIGKILL");
      return true;
    }) ?? false
  );
}

/** Each container's init, and the monitor that stays with it. */
function containerProcesses(paths: HostPaths): number[] {
  const directory = join(paths.run, "init");
  const ids = unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? [];
  return ids.flatMap((id) => {
    const state = readRuntimeState(join(directory, id));
    return [state?.init.pid, state?.monitor?.pid].filter((pid) => pid !== undefined);
  });
}

function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    // proc(5): the name in parentheses may hold anything, so fields are counted from the last parenthesis.
    const stat = unlessErrno(["ENOENT", "ESRCH"], () => readFileSync(`/proc/${name}/stat`, "utf8")) ?? "";
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && parent !== 0 && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}
