import { spawn } from "node:child_process";
import type { OciConfig, OciHook, OciState } from "@mydocker/oci";
import { MydockerError, usageError, warn } from "@mydocker/stage";

/** Kinds that have to run between steps of the container's making; refused rather than skipped. */
const UNSUPPORTED = ["prestart", "createRuntime", "createContainer", "startContainer"] as const;

/** @throws MydockerError where the config has hooks that would not be run */
export function checkHooks(config: OciConfig): void {
  for (const kind of UNSUPPORTED) {
    if ((config.hooks?.[kind] ?? []).length > 0)
      throw usageError(`hooks.${kind}: not supported, only poststart and poststop`);
  }
}

/**
 * Runs hooks in the order listed, each with the state object on stdin (runtime.md#lifecycle). For poststop a failure is
 * a warning and the next one runs; for poststart it is an error.
 */
export async function runHooks(hooks: readonly OciHook[], state: OciState, failure: "warn" | "throw"): Promise<void> {
  for (const hook of hooks) {
    const problem = await runHook(hook, state);
    if (problem === undefined) continue;
    const message = `hook ${hook.path}: ${problem}`;
    if (failure === "throw") throw new MydockerError(message, { code: "HOOK_FAILED" });
    warn(message);
  }
}

/** @returns what went wrong, or undefined */
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
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      const said = Buffer.concat(stderr).toString("utf8").trim();
      resolve(
        code === 0 ? undefined : `${signal === null ? `exit code ${code}` : signal}${said === "" ? "" : `: ${said}`}`,
      );
    });
    // A hook need not read its stdin.
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify(state));
  });
}
