import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-init",
  summary: "Start processes in namespaces: an OCI runtime over a small C shim",
  verbs: {},
};
