import { type ProgramOutcome, type ProgramRequest, runNow, startProgram } from "@mydocker/system/program";
import { EXIT, errnoOf, MydockerError } from "./errors.ts";

export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Without input stdin is empty. */
export type ProgramOptions = Pick<ProgramRequest, "input" | "env" | "cwd" | "timeoutMs">;

/**
 * Runs a program from the host's PATH to its end and collects what it says. Never through a shell.
 *
 * @throws MydockerError `MISSING_PROGRAM` where it is not installed. A non-zero exit is the caller's to judge.
 */
export async function runProgram(
  program: string,
  args: string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  try {
    const started = await startProgram({ file: program, args, ...options });
    return programResult(await started.end());
  } catch (error) {
    throw explainSpawnError(program, error);
  }
}

/** As `runProgram`, and does nothing else meanwhile. */
export function runProgramNow(program: string, args: string[], options: ProgramOptions = {}): ProgramResult {
  try {
    return programResult(runNow({ file: program, args, ...options }));
  } catch (error) {
    throw explainSpawnError(program, error);
  }
}

function programResult({ code, signal, stdout, stderr }: ProgramOutcome): ProgramResult {
  return {
    code: code ?? 128 + signalNumber(signal),
    stdout: stdout.toString("utf8"),
    stderr: stderr.toString("utf8"),
  };
}

/** As `runProgram`, but a non-zero exit throws, with the program's own last line as the reason. */
export async function requireProgram(program: string, args: string[], options: ProgramOptions = {}): Promise<string> {
  const result = await runProgram(program, args, options);
  if (result.code !== 0) throw programFailed(`${program} ${args.join(" ")}`, result);
  return result.stdout;
}

/** @param exitCode ours, 125 unless told */
export function programFailed(what: string, result: ProgramResult, exitCode: number = EXIT.failed): MydockerError {
  const why = result.stderr.trim().split("\n").at(-1) ?? "";
  return new MydockerError(`${what}: ${why === "" ? `exit code ${result.code}` : why}`, {
    code: "PROGRAM_FAILED",
    exitCode,
  });
}

/** 0 for no signal. */
export function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : process.getBuiltinModule("node:os").constants.signals[signal];
}

function explainSpawnError(program: string, error: unknown): unknown {
  if (errnoOf(error) !== "ENOENT") return error;
  return new MydockerError(`${program}: not installed, or not in PATH`, {
    code: "MISSING_PROGRAM",
    hint: `apt-get install the package that has ${program}`,
  });
}
