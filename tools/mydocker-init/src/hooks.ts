import { spawn } from "node:child_process";
import type { OciHook, OciHooks, OciState } from "@mydocker/oci";
import { MydockerError, warn } from "@mydocker/stage";
import { groupHooks } from "./plan/hooks.ts";

/** What is kept of what a hook says, for the message about its failure: the end. */
const SAID_LIMIT = 600;

/** How long a hook's output is waited for when it has ended, and something that it left behind holds it open. */
const OUTPUT_MS = 200;

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
function runHook(kind: string, hook: OciHook, state: OciState): Promise<string | undefined> {
  const env = Object.fromEntries(
    (hook.env ?? []).map((variable) => {
      const [key = "", ...value] = variable.split("=");
      return [key, value.join("=")];
    }),
  );
  return new Promise((resolve) => {
    const child = spawn(hook.path, hook.args?.slice(1) ?? [], {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      ...(hook.args?.[0] === undefined ? {} : { argv0: hook.args[0] }),
    });
    let said = "";
    let late = false;
    const timer =
      hook.timeout === undefined || hook.timeout === null ? undefined : setTimeout(abort, hook.timeout * 1000);
    function abort(): void {
      late = true;
      child.kill("SIGKILL");
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said = (said + chunk.toString("utf8")).slice(-SAID_LIMIT);
      });
    }
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve(`${kind} hook ${hook.path}: ${error.message}`);
    });
    child.once("exit", () => {
      clearTimeout(timer);
      setTimeout(() => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }, OUTPUT_MS).unref();
    });
    child.once("close", (code, signal) => {
      const ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const how = late ? "killed, for its timeout is over" : ended;
      const end = said.trim() === "" ? "" : `: ${said.trim()}`;
      resolve(code === 0 ? undefined : `${kind} hook ${hook.path}: ${how}${end}`);
    });
    // A hook need not read its stdin.
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(state));
  });
}
