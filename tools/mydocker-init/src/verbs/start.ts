import { defineCommand } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { ociState, requireContainer } from "../container-state.ts";
import { runHooks } from "../hooks.ts";
import { readRuntimeConfig } from "../runtime-directory.ts";
import { startContainer } from "../start-container.ts";

export const command = defineCommand({
  summary: "Let a created container run its command.",
  usage: "ID",
  examples: ["mydocker-init start my-container"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const container = requireContainer(hostPaths(), args[0] ?? "");
    startContainer(container);
    const hooks = readRuntimeConfig(container.directory)?.hooks?.poststart ?? [];
    if (hooks.length > 0) await runHooks(hooks, ociState({ ...container, status: "running" }), "throw");
  },
});
