import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-net",
  summary: "Network namespaces, bridges, addresses, NAT and published ports",
  plugin: { variable: "CNI_COMMAND", load: () => import("./cni/plugin.ts") },
  verbs: {
    attach: { summary: "Give a container its network", load: () => import("./attach.ts") },
    detach: { summary: "Take a container's network away again", load: () => import("./detach.ts") },
    show: { summary: "Print a container's endpoint", load: () => import("./look/show.ts") },
    graph: { summary: "Draw the host's networks", load: () => import("./look/graph.ts") },
    network: {
      name: "network",
      summary: "Networks that containers can be on",
      verbs: {
        create: { summary: "Create a network", load: () => import("./network/verbs/create.ts") },
        ls: { summary: "Print all networks", load: () => import("./network/verbs/ls.ts") },
        inspect: { summary: "Print networks", load: () => import("./network/verbs/inspect.ts") },
        rm: { summary: "Remove networks", load: () => import("./network/verbs/rm.ts") },
        prune: { summary: "Remove networks that no container is on", load: () => import("./network/verbs/prune.ts") },
        connect: {
          summary: "Connect a container to one more network",
          load: () => import("./network/verbs/connect.ts"),
        },
        disconnect: {
          summary: "Disconnect a container from a network",
          load: () => import("./network/verbs/disconnect.ts"),
        },
      },
    },
    reload: { summary: "Put the firewall's rules back", load: () => import("./reload.ts") },
    gc: { summary: "Remove what no live container has", load: () => import("./gc.ts") },
  },
};
