import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-cgroup",
  summary: "Limit and measure with cgroups v1 and v2",
  verbs: {
    apply: { summary: "Make a container's cgroup and write its limits (a filter)", load: () => import("./apply.ts") },
    remove: { summary: "Remove a container's cgroup: the inverse of apply", load: () => import("./remove.ts") },
    stats: { summary: "Print what containers use, as JSON lines", load: () => import("./stats.ts") },
    show: { summary: "Show a container's cgroup files and their values", load: () => import("./show.ts") },
    gc: { summary: "Remove the cgroups of containers that are gone", load: () => import("./gc.ts") },
  },
};
