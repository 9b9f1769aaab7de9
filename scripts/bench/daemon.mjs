import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SetUpError } from "../setup/run.mjs";

/**
 * A daemon that ends with the field.
 *
 * @param name what to call it, where it does not start
 * @param log where what it says is written
 */
export function startDaemon(field, name, [program, ...args], log) {
  const descriptor = openSync(log, "w");
  const daemon = spawn(program, args, { stdio: ["ignore", descriptor, descriptor] });
  daemon.on("error", () => {});
  const ended = new Promise((resolve) => daemon.on("exit", resolve));
  field.later(async () => {
    daemon.kill("SIGTERM");
    await ended;
  });
  return {
    /** Waits until it answers, half a minute at most. @throws SetUpError with what it said last */
    async untilReady(answers) {
      for (let tries = 0; tries < 300; tries += 1) {
        if (await answers()) return;
        if (daemon.exitCode !== null) break;
        await sleep(100);
      }
      throw new SetUpError(`${name} did not start: ${readFileSync(log, "utf8").trim().split("\n").at(-1)}`);
    },
  };
}
