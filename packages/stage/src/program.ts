import { errnoOf, MydockerError } from "./errors.ts";

export interface ProgramResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  /** Text for its stdin; without it stdin is empty. */
  input?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/**
 * Runs a program from the host's PATH to its end and collects what it says. Never through a shell.
 *
 * @throws MydockerError `MISSING_PROGRAM` where it is not installed. A non-zero exit is the caller's to judge.
 */
export function runProgram(program: string, args: string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  // Loaded when it is needed: most runs of most tools start no program.
  const { spawn } = process.getBuiltinModule("node:child_process");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => reject(explainSpawnError(program, error)));
    child.on("close", (code, signal) => {
      resolve({
        code: code ?? 128 + signalNumber(signal),
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      });
    });
    // A program that exits without reading its input is judged by its exit code, not by our EPIPE.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input);
  });
}

/** As `runProgram`, but a non-zero exit throws, with the program's own last line as the reason. */
export async function requireProgram(program: string, args: string[], options: ProgramOptions = {}): Promise<string> {
  const result = await runProgram(program, args, options);
  if (result.code !== 0) throw programFailed(`${program} ${args.join(" ")}`, result);
  return result.stdout;
}

export function programFailed(what: string, result: ProgramResult): MydockerError {
  const why = result.stderr.trim().split("\n").at(-1) ?? "";
  return new MydockerError(`${what}: ${why === "" ? `exit code ${result.code}` : why}`, { code: "PROGRAM_FAILED" });
}

/** 0 for no signal. */
export function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : process.getBuiltinModule("node:os").constants.signals[signal];
}

function explainSpawnError(program: string, error: Error): Error {
  if (errnoOf(error) !== "ENOENT") return error;
  return new MydockerError(`${program}: not installed, or not in PATH`, {
    code: "MISSING_PROGRAM",
    hint: `apt-get install the package that has ${program}`,
  });
}
