import type { Tool } from "@mydocker/stage";

export const tool: Tool = {
  name: "mydocker-image",
  summary: "Pull, unpack and store OCI images, and make bundles of them",
  verbs: {},
};
