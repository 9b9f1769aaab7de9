import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-cgroup",
  summary: "Limit and measure with cgroups v1 and v2",
  verbs: {},
};
