import { MydockerError, type ProgramResult, programFailed, runProgram, runProgramNow } from "@mydocker/stage";

/**
 * Runs a program and waits without giving way to anything else: nothing else of ours could run meanwhile on the hot path.
 *
 * @param explain makes the message from what it said on stderr; undefined: not a failure after all
 * @returns its stdout
 * @throws MydockerError `PROGRAM_FAILED`, `MISSING_PROGRAM`
 */
export function runNow(
  program: string,
  args: string[],
  input: string,
  explain?: (stderr: string) => string | undefined,
): string {
  const result = runProgramNow(program, args, { input });
  const problem = result.code === 0 ? undefined : problemOf(program, result, explain);
  if (problem !== undefined) throw problem;
  return result.stdout;
}

function problemOf(
  program: string,
  result: ProgramResult,
  explain: ((stderr: string) => string | undefined) | undefined,
): MydockerError | undefined {
  if (explain === undefined || result.stderr === "") return programFailed(program, result);
  const message = explain(result.stderr);
  return message === undefined ? undefined : new MydockerError(message, { code: "PROGRAM_FAILED" });
}

/**
 * Runs a program that need not be there.
 *
 * @returns its stdout, or undefined where it is not there, or fails
 * @throws Error where it is there and cannot be started
 */
export function outputOf(program: string, args: string[]): string | undefined {
  try {
    const { code, stdout } = runProgramNow(program, args);
    return code === 0 ? stdout : undefined;
  } catch (error) {
    if (error instanceof MydockerError && error.code === "MISSING_PROGRAM") return undefined;
    throw error;
  }
}

/** Runs a program of which only matters whether it succeeds. */
export async function succeeds(program: string, args: string[]): Promise<boolean> {
  return (await runProgram(program, args)).code === 0;
}
