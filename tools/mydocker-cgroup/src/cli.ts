import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-cgroup",
  summary: "Limit and measure with cgroups v1 and v2",
  verbs: {
    apply: { summary: "Make a container's cgroup and write its limits (a filter)", load: () => import("./apply.ts") },
    remove: { summary: "Remove a container's cgroup: the inverse of apply", load: () => import("./remove.ts") },
    update: { summary: "Change the limits of cgroups in use", load: () => import("./update.ts") },
    stats: { summary: "Print what containers use, as JSON lines", load: () => import("./stats.ts") },
    events: { summary: "Print when a limit is hit, as JSON lines", load: () => import("./events.ts") },
    freeze: { summary: "Stop every process in a cgroup where it is", load: () => import("./freeze.ts") },
    thaw: { summary: "Let them run on: the inverse of freeze", load: () => import("./thaw.ts") },
    kill: { summary: "End every process in a cgroup", load: () => import("./kill.ts") },
    list: { summary: "List our cgroups", load: () => import("./list.ts") },
    show: { summary: "Show a cgroup's limits, their files and values", load: () => import("./show.ts") },
    finish: { summary: "Take a command's cgroup away", hidden: true, load: () => import("./finish.ts") },
    gc: { summary: "Remove the cgroups of containers that are gone", load: () => import("./gc.ts") },
  },
};
