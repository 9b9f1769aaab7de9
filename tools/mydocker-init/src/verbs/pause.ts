import { defineCommand, MydockerError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";
import { pauseContainer } from "../pause-container.ts";

export const command = defineCommand({
  summary: "Stop every process of a container, and of what exec started in it, where they are.",
  usage: "ID",
  examples: ["mydocker-init pause my-container"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const { state, status } = requireContainer(hostPaths(), args[0] ?? "");
    if (status !== "running" && status !== "created") {
      throw new MydockerError(`container not running: ${state.id} is ${status}`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    pauseContainer(state);
  },
});
