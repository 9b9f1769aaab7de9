import { defineCommand, MydockerError } from "@mydocker/stage";
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
    const config = readRuntimeConfig(container.directory);
    if (config !== undefined && (config.process ?? null) === null) {
      throw new MydockerError(`container ${container.state.id} was created without a process: there is none to start`, {
        code: "NO_PROCESS",
        exitCode: 1,
      });
    }
    startContainer(container);
    const hooks = config?.hooks?.poststart ?? [];
    if (hooks.length > 0) await runHooks(hooks, ociState({ ...container, status: "running" }), "throw");
  },
});
