import type { OciHook, OciHooks, OciState } from "@mydocker/oci";
import { MydockerError, warn } from "@mydocker/stage";
import { environmentRecord } from "@mydocker/system/environment";
import { type ProgramOutcome, startProgram } from "@mydocker/system/program";
import { groupHooks } from "./plan/hooks.ts";

/** What is kept of what a hook says, for the message about its failure: the end. */
const SAID_LIMIT = 600;

/**
 * Runs hooks in the order listed, each with the state object on stdin (runtime.md#lifecycle). For poststop a failure is
 * a warning and the next one runs; for poststart it is an error.
 */
export async function runHooks(
  kind: keyof OciHooks,
  hooks: readonly OciHook[],
  state: OciState,
  failure: "warn" | "throw",
): Promise<void> {
  for (const group of groupHooks(hooks)) {
    const problems = await Promise.all(group.map((hook) => runHook(kind, hook, state)));
    for (const problem of problems) {
      if (problem === undefined) continue;
      if (failure === "throw") throw new MydockerError(problem, { code: "HOOK_FAILED" });
      warn(problem);
    }
  }
}

/** @returns what went wrong, on what; or undefined */
async function runHook(kind: string, hook: OciHook, state: OciState): Promise<string | undefined> {
  const [argv0, ...args] = hook.args ?? [];
  const limit = hook.timeout ?? undefined;
  try {
    const program = await startProgram({
      file: hook.path,
      args,
      ...(argv0 === undefined ? {} : { argv0 }),
      ...(limit === undefined ? {} : { timeoutMs: limit * 1000 }),
      input: JSON.stringify(state),
      env: environmentRecord(hook.env ?? []),
      kept: SAID_LIMIT,
    });
    return judge(`${kind} hook ${hook.path}`, await program.end());
  } catch (error) {
    return `${kind} hook ${hook.path}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function judge(what: string, { code, signal, late, stdout, stderr }: ProgramOutcome): string | undefined {
  if (code === 0) return undefined;
  const ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const said = `${stdout.toString("utf8")}${stderr.toString("utf8")}`.trim().slice(-SAID_LIMIT);
  return `${what}: ${late ? "killed, for its timeout is over" : ended}${said === "" ? "" : `: ${said}`}`;
}
