import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker",
  summary: "Containers without a daemon: docker's commands over a pipe of small tools",
  unknownVerbExit: 1,
  verbs: {},
};
