import type { SpawnOptions } from "node:child_process";

/** A program to be started; never through a shell. */
export interface ProgramRequest {
  /** Without a slash it is looked up in PATH. */
  file: string;
  args: string[];
  /** argv[0]; the file without it. */
  argv0?: string;
  /** For its stdin, which is empty without it. */
  input?: string | Uint8Array;
  /** In place of this process's. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** It is killed when they are over. */
  timeoutMs?: number;
  /** How many bytes of each of its outputs are kept, from the end; 0: its output goes to /dev/null. 256 MiB unless told. */
  kept?: number;
}

export interface ProgramOutcome {
  /** null where a signal has ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it was killed for its time was over. */
  late: boolean;
  stdout: Buffer;
  stderr: Buffer;
}

export interface StartedProgram {
  pid: number;
  /** Waits for its end, and while something that it left behind holds its output open no longer than 200 ms. */
  end(): Promise<ProgramOutcome>;
}

const KEPT = 2 ** 28;
const PATIENCE_MS = 200;

/**
 * Starts a program to run beside us. The verbs in a hurry have packages/engine/src/program.ts in place of this.
 *
 * @throws the system's error where it cannot be started
 */
export async function startProgram(request: ProgramRequest): Promise<StartedProgram> {
  const { file, args, input, timeoutMs, kept = KEPT } = request;
  // Loaded when it is needed: most runs of most tools start no program.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const output = kept === 0 ? "ignore" : "pipe";
  const child = spawn(file, args, {
    ...options(request),
    stdio: [input === undefined ? "ignore" : "pipe", output, output],
  });
  const started = new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const [stdout, stderr] = [new Kept(kept), new Kept(kept)];
  child.stdout?.on("data", (chunk: Buffer) => stdout.add(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.add(chunk));
  // One that exits without reading its input is judged by its exit code, not by our EPIPE.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  let late = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          child.kill("SIGKILL");
        }, timeoutMs);
  child.once("exit", () => {
    clearTimeout(timer);
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, PATIENCE_MS).unref();
  });
  const ended = new Promise<ProgramOutcome>((resolve) => {
    child.once("close", (code, signal) => {
      resolve({ code, signal, late, stdout: stdout.take(), stderr: stderr.take() });
    });
  });
  await started;
  return { pid: child.pid ?? 0, end: () => ended };
}

/**
 * Runs a program to its end, and does nothing else meanwhile.
 *
 * @throws the system's error where it cannot be started
 */
export function runNow(request: ProgramRequest): ProgramOutcome {
  const { file, args, input = "", timeoutMs } = request;
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const limits = {
    maxBuffer: KEPT,
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" as const }),
  };
  const { error, status, signal, stdout, stderr } = spawnSync(file, args, { ...options(request), ...limits, input });
  const late = error !== undefined && "code" in error && error.code === "ETIMEDOUT";
  if (error !== undefined && !late) throw error;
  return { code: status, signal, late, stdout, stderr };
}

function options({ argv0, env, cwd }: ProgramRequest): SpawnOptions {
  return {
    ...(argv0 === undefined ? {} : { argv0 }),
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

/** The end of what was written. */
class Kept {
  #chunks: Buffer[] = [];
  #size = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > 2 * this.#limit) this.#chunks = [this.take()];
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    const end = whole.subarray(Math.max(0, whole.length - this.#limit));
    this.#size = end.length;
    return end;
  }
}
