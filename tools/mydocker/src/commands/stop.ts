import { defineCommand, eachNamed, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { requireContainer } from "../container/container.ts";
import { finishTeardown, killAndWait, sendSignal, waitForEnd } from "../container/teardown.ts";
import { print } from "../print.ts";

const DEFAULT_SECONDS = 10;

export const command = defineCommand({
  summary: "Stop containers: their stop signal, and SIGKILL when they take too long",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  examples: ["mydocker stop web", "mydocker stop -t 2 web db"],
  flags: {
    time: {
      type: "string",
      short: "t",
      value: "SECONDS",
      description: "Time before SIGKILL (default: 10; -1: for ever)",
    },
    timeout: { type: "string", value: "SECONDS", description: "Same as --time", hidden: true },
    signal: {
      type: "string",
      short: "s",
      value: "SIGNAL",
      description: "Signal to send (default: the container's own)",
    },
  },
  args: { min: 1 },
  run({ flags, args }) {
    const milliseconds = parseSeconds(flags.time ?? flags.timeout);
    const paths = hostPaths();
    return eachNamed(args, async (name) => {
      const container = requireContainer(paths, name);
      const { id, life, record } = container;
      if (life.status === "running") {
        await sendSignal(container, flags.signal ?? record.stopSignal);
        await waitForEnd(paths, id, milliseconds);
      }
      await killAndWait(paths, id);
      await finishTeardown(paths, id);
      print(`${name}\n`);
    });
  },
});

/** @returns milliseconds */
function parseSeconds(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SECONDS * 1000;
  if (text === "-1") return Number.POSITIVE_INFINITY;
  if (!/^\d{1,6}$/.test(text)) throw usageError(`--time: expected a number of seconds, got "${text}"`);
  return Number(text) * 1000;
}
