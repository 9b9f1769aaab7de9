import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-net",
  summary: "Network namespaces, bridges, addresses, NAT and published ports",
  verbs: {},
};
