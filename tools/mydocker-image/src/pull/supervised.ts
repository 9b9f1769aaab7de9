import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { MydockerError, signalNumber } from "@mydocker/stage";

export interface SupervisedResult {
  code: number;
  /** The last lines it said on stderr. */
  stderr: string;
}

const ENDING: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const KEPT_LINES = 20;

/**
 * Runs a program that may take long. It does not outlive this process, however that ends (PR_SET_PDEATHSIG, by
 * util-linux's setpriv), and a signal that asks this process to end goes to it first, so that what is half done is
 * cleaned up here before the exit.
 *
 * @param onLine gets each line of its stdout
 * @throws MydockerError `MISSING_PROGRAM`, or `INTERRUPTED` with 128 + the signal as exit code
 */
export async function runSupervised(
  program: string,
  args: string[],
  onLine: (line: string) => void,
): Promise<SupervisedResult> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let interruption: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    interruption ??= signal;
    child.kill("SIGTERM");
  };
  for (const signal of ENDING) process.on(signal, interrupt);
  try {
    const stderr: string[] = [];
    createInterface({ input: child.stdout }).on("line", onLine);
    createInterface({ input: child.stderr }).on("line", (line) => {
      stderr.push(line);
      if (stderr.length > KEPT_LINES) stderr.shift();
    });
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) => resolve(status ?? 128 + signalNumber(signal)));
    });
    if (interruption !== undefined) {
      const exitCode = 128 + signalNumber(interruption);
      throw new MydockerError(`${program}: interrupted by ${interruption}`, { code: "INTERRUPTED", exitCode });
    }
    if (code === 127) throw missingProgram(program);
    return { code, stderr: stderr.join("\n") };
  } finally {
    for (const signal of ENDING) process.off(signal, interrupt);
  }
}

function missingProgram(program: string): MydockerError {
  const hint = `apt-get install ${program}`;
  return new MydockerError(`${program}: not installed, or not in PATH`, { code: "MISSING_PROGRAM", hint });
}
