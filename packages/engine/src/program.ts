// In place of packages/system/src/program.ts, with the same functions.
import { environmentList } from "@mydocker/system/environment";
import type { ProgramOutcome, ProgramRequest, StartedProgram } from "@mydocker/system/program";
import { bufferOf, SmallBuffer } from "./buffer.ts";
import { host } from "./host.ts";
import { constants } from "./node/os.ts";

export type { ProgramOutcome, ProgramRequest, StartedProgram };

const KEPT = 2 ** 28;
const GIVES_INPUT = 1;
const GIVES_ENVIRONMENT = 2;

// Async as its counterpart is: a program that cannot be started is a promise that is rejected.
export async function startProgram(request: ProgramRequest): Promise<StartedProgram> {
  const [number, pid] = start(request);
  return { pid, end: async () => outcome(number) };
}

export function runNow(request: ProgramRequest): ProgramOutcome {
  return outcome(start(request)[0]);
}

function start({ file, args, argv0, input, env, cwd, timeoutMs, kept = KEPT }: ProgramRequest): [number, number] {
  const environment = environmentList(env ?? {});
  const given = (input === undefined ? 0 : GIVES_INPUT) | (env === undefined ? 0 : GIVES_ENVIRONMENT);
  const bytes = typeof input === "string" ? SmallBuffer.from(input) : (input ?? new Uint8Array(0));
  return host.startProgram(file, [argv0 ?? file, ...args], environment, cwd ?? "", bytes, given, timeoutMs ?? -1, kept);
}

function outcome(number: number): ProgramOutcome {
  const [code, signal, late, stdout, stderr] = host.endProgram(number);
  return {
    code: code < 0 ? null : code,
    signal: signal === 0 ? null : signalName(signal),
    late,
    stdout: bufferOf(stdout) as unknown as Buffer,
    stderr: bufferOf(stderr) as unknown as Buffer,
  };
}

function signalName(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, known]) => known === number);
  return (found?.[0] ?? `SIGRTMIN+${number - 34}`) as NodeJS.Signals;
}
