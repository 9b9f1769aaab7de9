import { spawn } from "node:child_process";
import { SetUpError } from "../setup/run.mjs";

const WARM_UP = 2;

/**
 * Runs the contenders in turn, not one after the other: what else the machine does falls on all of them alike. Who is
 * first changes from round to round, so that none always runs after the same one.
 *
 * @param contenders `{ name, argv, before?, after? }` each, of which `argv` is timed; an exit code other than 0 ends the benchmark
 * @returns `{ name, milliseconds[] }` each
 */
export async function interleave(contenders, { runs, stop = () => false }) {
  const times = contenders.map(({ name }) => ({ name, milliseconds: [] }));
  for (let round = -WARM_UP; round < runs; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      if (stop()) throw new SetUpError("interrupted");
      const index = (turn + round + WARM_UP) % contenders.length;
      contenders[index].before?.();
      const elapsed = await timeOne(contenders[index]);
      contenders[index].after?.();
      if (round >= 0) times[index].milliseconds.push(elapsed);
    }
  }
  return times;
}

function timeOne({ name, argv: [program, ...args] }) {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    child.on("error", (error) => reject(new SetUpError(`${name}: ${error.message}`)));
    // `exit`, not `close`: docker's and podman's helpers may keep our pipe open a little longer than they run.
    child.on("exit", (code, signal) => {
      const elapsed = Number(process.hrtime.bigint() - started) / 1e6;
      if (code === 0) resolve(elapsed);
      else setTimeout(() => reject(new SetUpError(`${name}: ended with ${code ?? signal}: ${said.trim()}`)), 100);
    });
  });
}
