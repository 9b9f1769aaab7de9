import { setTimeout as sleep } from "node:timers/promises";
import { countOomKills, type Hierarchy, joinedHierarchies, readStats, toJson } from "@mydocker/cgroup";
import { defineCommand, MydockerError, parseDuration, writeAll } from "@mydocker/stage";
import { hostPaths, isAlive, type RuntimeState } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";

/** How often is looked whether the kernel has killed. It counts, so that none is missed while the cgroup is there. */
const LOOK_MS = 100;

export const command = defineCommand({
  summary:
    "Print a container's usage in regular intervals, and when the kernel kills in it for lack of memory: JSON lines.",
  usage: "[OPTIONS] ID",
  examples: [
    "mydocker-init events --stats my-container | jq .data.memory.usage",
    "mydocker-init events --interval 1s my-container",
  ],
  flags: {
    stats: { type: "boolean", description: "Print the usage once, and end" },
    interval: { type: "string", value: "TIME", description: "Between two reports: 500ms, 5s, 1m30s (default 5s)" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const interval = parseDuration("--interval", flags.interval ?? "5s");
    const { state, status } = requireContainer(hostPaths(), args[0] ?? "");
    if (status === "stopped") {
      throw new MydockerError(`container not running: ${state.id}`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    const hierarchies = joinedHierarchies(state);
    if (flags.stats) printStats(state, hierarchies);
    else await follow(state, hierarchies, interval);
  },
});

/** Until the container has ended. */
async function follow(state: RuntimeState, hierarchies: Hierarchy[], interval: number): Promise<void> {
  const count = () => countOomKills(hierarchies, state.cgroupsPath);
  let killed = count() ?? 0;
  let next = Date.now() + interval;
  for (let alive = true; alive; ) {
    await sleep(Math.min(LOOK_MS, interval));
    // Asked first: what is counted afterwards includes its last moment.
    alive = isAlive(state.init);
    const now = count() ?? killed;
    for (; killed < now; killed += 1) print({ type: "oom", id: state.id });
    if (!alive || Date.now() < next) continue;
    printStats(state, hierarchies);
    next = Date.now() + interval;
  }
}

function printStats(state: RuntimeState, hierarchies: Hierarchy[]): void {
  const data = readStats(hierarchies, state.cgroupsPath, state.init.pid);
  print({ type: "stats", id: state.id, data });
}

function print(event: object): void {
  writeAll(`${toJson(event)}\n`);
}
