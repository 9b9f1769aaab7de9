import { join } from "node:path";
import { ANNOTATION, getAnnotation } from "@mydocker/oci";
import { become, defineCommand, MydockerError, shimPath } from "@mydocker/stage";
import { claim, hostPaths, RUNTIME_FILE, readRuntimeConfig } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";
import { timestamp } from "../timestamp.ts";

export const command = defineCommand({
  summary: "Be the terminal of a detached container, until it ends or the detach keys are typed.",
  usage: "[OPTIONS] ID",
  examples: ["mydocker-init attach my-container", "mydocker-init attach --start my-container"],
  flags: {
    start: { type: "boolean", description: "Start a created container once attached, so that no output is missed" },
    "detach-keys": { type: "string", value: "KEYS", description: "Default ctrl-p,ctrl-q" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args }) {
    const { directory, state, status } = requireContainer(hostPaths(), args[0] ?? "");
    if (state.monitor === undefined) {
      throw new MydockerError(`container ${state.id} has no monitor to attach to`, { code: "NO_MONITOR", exitCode: 1 });
    }
    if (status === "stopped") {
      throw new MydockerError(`container not running: ${state.id}`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    const config = readRuntimeConfig(directory);
    const stdin = config !== undefined && getAnnotation(config, ANNOTATION.stdinOpen) === "true";
    become(shimPath(), [
      shimPath(),
      "attach",
      ...["--socket", join(directory, RUNTIME_FILE.attach)],
      ...(stdin ? ["--stdin"] : []),
      ...(config?.process?.terminal === true ? ["--tty"] : []),
      ...(flags.start && startClaimed(directory) ? ["--start", join(directory, RUNTIME_FILE.start)] : []),
      ...(flags["detach-keys"] === undefined ? [] : ["--detach-keys", flags["detach-keys"]]),
    ]);
  },
});

/** Exactly one caller starts a container; the others only attach. */
function startClaimed(directory: string): boolean {
  return claim(join(directory, RUNTIME_FILE.started), timestamp()) === undefined;
}
