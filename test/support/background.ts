import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BIN, type Sandbox } from "../../packages/testing/src/index.ts";

export interface Background {
  pid: number;
  stdout(): string;
  stderr(): string;
  waitFor(wanted: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const PATIENCE_MILLISECONDS = 30_000;

/** Starts mydocker and goes on, so that a test can send it signals. It is in a process group of its own. */
export function startMydocker(sandbox: Sandbox, args: string[]): Background {
  const child = spawn(join(BIN, "mydocker"), args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...sandbox.env },
    detached: true,
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    text.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    text.stderr += chunk.toString();
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  const waitFor = async (wanted: RegExp): Promise<void> => {
    for (const end = Date.now() + PATIENCE_MILLISECONDS; !wanted.test(text.stdout); await sleep(20)) {
      if (Date.now() > end) throw new Error(`it never printed ${wanted}: ${text.stdout} ${text.stderr}`);
    }
  };
  return {
    pid: child.pid ?? 0,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    waitFor,
    kill: (signal) => void child.kill(signal),
    exited,
  };
}
