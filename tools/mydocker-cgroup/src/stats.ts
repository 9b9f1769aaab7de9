import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { cgroupDirectory, findHierarchies, networkOf, readControl, readUsage, type UsageRound } from "@mydocker/cgroup";
import { defineCommand, parseDuration } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { type FoundCgroup, findCgroup, listRunning } from "./find-cgroup.ts";
import { printLine } from "./print-line.ts";

export const command = defineCommand({
  summary: "Print what containers use, all of them unless told: a JSON line for each look at them.",
  usage: "stats [OPTIONS] [ID...]",
  examples: [
    "mydocker-cgroup stats 3f2a77c0b1d4 | jq '.containers[].memory.usage'",
    "mydocker-cgroup stats --stream --interval 500ms | jq -c '.containers[] | [.id[:12], .cpu.usage]'",
  ],
  flags: {
    stream: { type: "boolean", description: "Go on, with those that are there each time, until nobody reads" },
    interval: { type: "string", value: "TIME", description: "Between two looks: 500ms, 5s, 1m30s (default 1s)" },
  },
  args: { min: 0 },
  async run({ flags, args }) {
    const interval = parseDuration("--interval", flags.interval ?? "1s");
    const paths = hostPaths();
    const hierarchies = findHierarchies();
    const named = args.map((id) => findCgroup(paths, id));
    const clock = bootClock();
    const look = () => readRound(clock(), args.length > 0 ? named.filter(isThere) : listRunning(paths, hierarchies));
    if (!printLine(look())) return;
    while (flags.stream) {
      await sleep(interval);
      const round = look();
      if (!printLine(round) || (args.length > 0 && round.containers.length === 0)) return;
    }
  },
});

/**
 * Nanoseconds since the host's boot, so that rounds of two calls can be compared too: hrtime may begin with the process. Right to a
 * hundredth of a second from one call to another (proc_uptime(5)), and to the nanosecond within one.
 */
function bootClock(): () => number {
  const uptime = Number((readControl("/proc/uptime") ?? "0").split(" ")[0]) * 1e9;
  const begin = process.hrtime.bigint();
  return () => Math.round(uptime) + Number(process.hrtime.bigint() - begin);
}

function readRound(monotonic: number, cgroups: FoundCgroup[]): UsageRound {
  const hostNetwork = networkOf("self");
  return {
    time: new Date().toISOString(),
    monotonic,
    cpus: availableParallelism(),
    memory: hostMemory(),
    containers: cgroups.map(({ id, cgroupsPath, hierarchies, runtime }) => {
      const pid = runtime?.init.pid ?? 0;
      return { id, pid, ...readUsage(hierarchies, cgroupsPath, pid, hostNetwork) };
    }),
  };
}

/** proc_meminfo(5): kibibytes. */
function hostMemory(): number {
  return Number(/^MemTotal: +(\d+) kB/m.exec(readControl("/proc/meminfo") ?? "")?.[1] ?? 0) * 1024;
}

/** A cgroup that is gone counts nothing, which is not the same as nothing used. */
function isThere({ cgroupsPath, hierarchies }: FoundCgroup): boolean {
  const [first] = hierarchies;
  return first !== undefined && readControl(`${cgroupDirectory(first, cgroupsPath)}/cgroup.procs`) !== undefined;
}
