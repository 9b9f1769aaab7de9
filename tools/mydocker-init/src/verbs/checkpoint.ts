import { defineCommand, MydockerError } from "@mydocker/stage";

export const command = defineCommand({
  summary: "Save a container's processes to disk: not supported.",
  usage: "[ANYTHING...]",
  examples: ["mydocker-init checkpoint my-container"],
  flags: {},
  args: { min: 0 },
  // Whatever flags come with it: that it cannot be done is the answer, not that one of them is unknown.
  anyFlags: true,
  async run() {
    throw new MydockerError("checkpoint is not supported: mydocker-init does not save processes (CRIU)", {
      code: "NOT_SUPPORTED",
      hint: "another runtime for containers that are to be checkpointed",
      exitCode: 1,
    });
  },
});
