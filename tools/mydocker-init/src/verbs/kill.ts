import { constants } from "node:os";
import { defineCommand, MydockerError, systemError, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container-state.ts";
import { thawIfPaused } from "../pause-container.ts";

export const command = defineCommand({
  summary: "Send a signal (default TERM) to a container's init.",
  usage: "ID [SIGNAL]",
  examples: ["mydocker-init kill my-container KILL", "mydocker-init kill my-container 15"],
  flags: {},
  args: { min: 1, max: 2 },
  async run({ args }) {
    const [id = "", name = "TERM"] = args;
    const signal = parseSignal(name);
    const { state, status } = requireContainer(hostPaths(), id);
    if (status === "stopped") {
      throw new MydockerError(`container not running: ${state.id}`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    try {
      process.kill(state.init.pid, signal);
      if (signal === constants.signals.SIGKILL) thawIfPaused(state);
    } catch (error) {
      throw systemError(`kill container ${state.id}`, error);
    }
  },
});

/** A number, or a name with or without SIG; real-time signals as RTMIN+n and RTMAX-n. */
export function parseSignal(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : namedSignal(text.toUpperCase().replace(/^SIG/, ""));
  if (number === undefined || number < 1 || number > 64) {
    throw usageError(`signal "${text}": expected a name such as TERM, or a number from 1 to 64`);
  }
  return number;
}

/** glibc keeps two real-time signals to itself: its SIGRTMIN is 34. */
function namedSignal(name: string): number | undefined {
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realTime !== null) {
    const [, end, sign, offset = "0"] = realTime;
    return (end === "MIN" ? 34 : 64) + (sign === "-" ? -Number(offset) : Number(offset));
  }
  return Object.entries(constants.signals).find(([signal]) => signal === `SIG${name}`)?.[1];
}
