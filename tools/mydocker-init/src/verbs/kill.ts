import { constants } from "node:os";
import { defineCommand, errnoOf, MydockerError, parseSignal, systemError } from "@mydocker/stage";
import { hostPaths, type RuntimeState } from "@mydocker/state";
import { signalAll } from "../container-processes.ts";
import { requireContainer } from "../container-state.ts";
import { thawIfPaused } from "../pause-container.ts";

export const command = defineCommand({
  summary: "Send a signal (default TERM) to a container's init.",
  usage: "[OPTIONS] ID [SIGNAL]",
  examples: ["mydocker-init kill my-container KILL", "mydocker-init kill --all my-container 15"],
  flags: { all: { type: "boolean", short: "a", description: "Send it to every process of the container" } },
  args: { min: 1, max: 2 },
  async run({ flags, args }) {
    const [id = "", name = "TERM"] = args;
    const signal = parseSignal(name);
    const { state, status } = requireContainer(hostPaths(), id);
    // Of a container whose init has ended, others may be left where it shares a pid namespace.
    if (flags.all) return signalAll(state, signal, constants.signals.SIGKILL);
    if (status === "stopped") throw notRunning(state);
    try {
      process.kill(state.init.pid, signal);
      if (signal === constants.signals.SIGKILL) thawIfPaused(state);
    } catch (error) {
      throw errnoOf(error) === "ESRCH" ? notRunning(state) : systemError(`kill container ${state.id}`, error);
    }
  },
});

/** In the words that engines look for. */
function notRunning({ id }: RuntimeState): MydockerError {
  return new MydockerError(`container not running: ${id}`, { code: "NOT_RUNNING", exitCode: 1 });
}
