import { defineCommand, MydockerError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";
import { resumeContainer } from "../pause-container.ts";

export const command = defineCommand({
  summary: "Let the processes of a paused container run on.",
  usage: "ID",
  examples: ["mydocker-init resume my-container"],
  flags: {},
  args: { min: 1, max: 1 },
  async run({ args }) {
    const { state, status } = requireContainer(hostPaths(), args[0] ?? "");
    if (status !== "paused") {
      throw new MydockerError(`container not paused: ${state.id} is ${status}`, { code: "NOT_PAUSED", exitCode: 1 });
    }
    resumeContainer(state);
  },
});
