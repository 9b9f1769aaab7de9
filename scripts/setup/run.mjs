// Running programs, and ending with one clear line when something cannot go on.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const WORKSPACE = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** A failure that is told in one line, without a stack trace. */
export class SetUpError extends Error {}

/** Runs a program with our stdio. Throws SetUpError where it fails. */
export function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: WORKSPACE, stdio: ["ignore", "inherit", "inherit"], ...options });
  if (result.error !== undefined) throw new SetUpError(`${program}: ${result.error.message}`);
  if (result.status !== 0) throw new SetUpError(`${program} ${args.join(" ")}: ${ending(result)}`);
}

/** Runs a program and returns `{ code, stdout }`; its exit code is the caller's to judge. */
export function ask(program, args, options = {}) {
  const result = spawnSync(program, args, {
    cwd: WORKSPACE,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  return { code: result.status ?? 255, stdout: result.stdout ?? "", stderr: result.stderr ?? "" };
}

/** Says on stderr what is about to be done. */
export function step(text) {
  process.stderr.write(`==> ${text}\n`);
}

/** Runs a script's main function; what it cannot go on from becomes one line and exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    process.stderr.write(`mydocker: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function ending({ status, signal }) {
  return signal === null ? `exit code ${status}` : `killed by ${signal}`;
}
