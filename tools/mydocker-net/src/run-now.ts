import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { errnoOf, MydockerError } from "@mydocker/stage";

/**
 * Runs a program and waits without giving way to anything else. Nothing else of ours could run meanwhile on the hot path,
 * and loading streams to collect output costs 5 ms, as long as both `ip` together.
 *
 * @param explain makes the message from what it said on stderr; undefined: not a failure after all
 * @returns its stdout
 * @throws MydockerError `PROGRAM_FAILED`, `MISSING_PROGRAM`
 */
export function runNow(
  program: string,
  args: string[],
  input: string,
  explain: (stderr: string) => string | undefined = (stderr) => `${program}: ${stderr.trim()}`,
): string {
  const result = spawnSync(program, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (result.error !== undefined) throw missing(program, result.error);
  if (result.status !== 0) {
    const message = explain(result.stderr === "" ? `ended with ${result.status ?? result.signal}` : result.stderr);
    if (message !== undefined) throw new MydockerError(message, { code: "PROGRAM_FAILED" });
  }
  return result.stdout;
}

/** Starts a program to run beside us; all that is told of it is whether it succeeded. */
export function startQuietly(program: string, args: string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, args, { stdio: "ignore" });
    child.once("error", (error) => reject(missing(program, error)));
    child.once("exit", (code) => resolve(code === 0));
  });
}

function missing(program: string, error: Error): Error {
  if (errnoOf(error) !== "ENOENT") return error;
  return new MydockerError(`${program}: not installed, or not in PATH`, {
    code: "MISSING_PROGRAM",
    hint: "apt-get install iproute2 nftables",
  });
}
