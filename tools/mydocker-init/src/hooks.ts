import { spawn } from "node:child_process";
import type { OciHook, OciState } from "@mydocker/oci";
import { MydockerError, warn } from "@mydocker/stage";
import { groupHooks } from "./plan/hooks.ts";

/**
 * Runs hooks in the order listed, each with the state object on stdin (runtime.md#lifecycle). For poststop a failure is
 * a warning and the next one runs; for poststart it is an error.
 */
export async function runHooks(hooks: readonly OciHook[], state: OciState, failure: "warn" | "throw"): Promise<void> {
  for (const group of groupHooks(hooks)) {
    const problems = await Promise.all(group.map((hook) => runHook(hook, state)));
    for (const problem of problems) {
      if (problem === undefined) continue;
      if (failure === "throw") throw new MydockerError(problem, { code: "HOOK_FAILED" });
      warn(problem);
    }
  }
}

/** @returns what went wrong, on what; or undefined */
function runHook(hook: OciHook, state: OciState): Promise<string | undefined> {
  const env = Object.fromEntries(
    (hook.env ?? []).map((variable) => {
      const [key = "", ...value] = variable.split("=");
      return [key, value.join("=")];
    }),
  );
  return new Promise((resolve) => {
    const child = spawn(hook.path, hook.args?.slice(1) ?? [], {
      env,
      stdio: ["pipe", "ignore", "pipe"],
      ...(hook.args?.[0] === undefined ? {} : { argv0: hook.args[0] }),
      ...(hook.timeout === undefined ? {} : { timeout: hook.timeout * 1000, killSignal: "SIGKILL" as const }),
    });
    const stderr: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", (error) => resolve(`hook ${hook.path}: ${error.message}`));
    child.once("close", (code, signal) => {
      const said = Buffer.concat(stderr).toString("utf8").trim();
      const end = signal === null ? `exit code ${code}` : signal;
      resolve(code === 0 ? undefined : `hook ${hook.path}: ${end}${said === "" ? "" : `: ${said}`}`);
    });
    // A hook need not read its stdin.
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(state));
  });
}
