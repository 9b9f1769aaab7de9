import type { OciConfig } from "@mydocker/oci";
import { defineCommand, MydockerError } from "@mydocker/stage";
import { hostPaths, readRuntimeConfig } from "@mydocker/state";
import { type FoundContainer, ociState, requireContainer } from "../container-state.ts";
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
    // A monitor runs the hooks itself, and takes away what fails.
    if (container.state.monitor !== undefined) return startContainer(container);
    try {
      await startContainer(container);
      await runPoststart(container, config);
    } catch (error) {
      if (isDestroyed(error)) {
        const { deleteContainer } = await import("../delete-container.ts");
        await deleteContainer(container.directory, { force: true });
      }
      throw error;
    }
  },
});

/** Hooks are rare: the modules that start programs are loaded for them alone. */
async function runPoststart(container: FoundContainer, config: OciConfig | undefined): Promise<void> {
  const hooks = config?.hooks?.poststart ?? [];
  if (hooks.length === 0) return;
  const { runHooks } = await import("../hooks.ts");
  await runHooks("poststart", hooks, ociState({ ...container, status: "running" }), "throw");
}

/**
 * runtime.md#lifecycle: where a hook fails, the container is stopped and destroyed. A command that cannot be executed
 * only stops it.
 */
function isDestroyed(error: unknown): boolean {
  if (!(error instanceof MydockerError)) return false;
  return error.code === "HOOK_FAILED" || (error.code === "NOT_STARTED" && error.exitCode === 125);
}
