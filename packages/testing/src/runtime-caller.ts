import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BIN, type Sandbox, type ToolResult } from "./sandbox.ts";

export interface RuntimeCallOptions {
  cwd?: string;
  /** In place of the sandbox's environment. */
  env?: Record<string, string>;
  /** Its descriptors from 3 on; null leaves a number closed. */
  descriptors?: (number | null)[];
  input?: string;
}

export type RuntimeCaller = (args: string[], options?: RuntimeCallOptions) => Promise<ToolResult & RuntimeOutput>;

export interface RuntimeOutput {
  /** What has come since: a container that was created writes where its runtime would have. */
  stdoutNow(): string;
  stderrNow(): string;
}

/**
 * Calls mydocker-init as an engine calls its runtime: with files for stdout and stderr, which a created container keeps,
 * and until the runtime has ended, not until nobody has them open.
 */
export function runtimeCaller(sandbox: Sandbox): RuntimeCaller {
  let count = 0;
  return async (args, options = {}) => {
    count += 1;
    const files = ["stdout", "stderr"].map((stream) => join(sandbox.directory, `call-${count}.${stream}`));
    const outputs = files.map((file) => openSync(file, "w"));
    const child = spawn(join(BIN, "mydocker-init"), args, {
      stdio: [
        options.input === undefined ? "ignore" : "pipe",
        ...outputs,
        ...(options.descriptors ?? []).map(orClosed),
      ],
      env: options.env ?? { ...process.env, ...sandbox.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    child.stdin?.end(options.input);
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (exitCode) => resolve(exitCode ?? 255));
    });
    for (const output of outputs) closeSync(output);
    const [stdout, stderr] = files.map((file) => () => readFileSync(file, "utf8"));
    const stdoutNow = stdout ?? (() => "");
    const stderrNow = stderr ?? (() => "");
    return { code, stdout: stdoutNow(), stderr: stderrNow(), stdoutNow, stderrNow };
  };
}

function orClosed(descriptor: number | null): number | "ignore" {
  return descriptor ?? "ignore";
}
