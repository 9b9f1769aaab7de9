import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-net",
  summary: "Network namespaces, bridges, addresses, NAT and published ports",
  plugin: { variable: "CNI_COMMAND", load: () => import("./cni/plugin.ts") },
  verbs: {
    attach: { summary: "Give a container its network", load: () => import("./attach.ts") },
    detach: { summary: "Take a container's network away again", load: () => import("./detach.ts") },
    show: { summary: "Print a container's endpoint", load: () => import("./show.ts") },
    gc: { summary: "Remove what no live container has", load: () => import("./gc.ts") },
  },
};
