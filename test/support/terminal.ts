import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface Terminal {
  /** All that the terminal has shown. */
  output(): string;
  /** Waits until the output has what is wanted. */
  waitFor(wanted: RegExp): Promise<void>;
  type(keys: string): void;
  /** Resolves with the exit code once the command has ended. */
  exited: Promise<number>;
}

const PATIENCE_MILLISECONDS = 30_000;

/**
 * Runs a shell command under a real pseudo-terminal, held by script(1).
 *
 * @param command for sh; `exec` in front of the last command makes that one the terminal's session leader
 */
export function openTerminal(command: string, env: Record<string, string>): Terminal {
  const child = spawn("script", ["-qefc", `stty rows 33 cols 111; ${command}`, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env, SHELL: "/bin/sh" },
  });
  let text = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    text += chunk;
  });
  const exited = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 255)));
  const waitFor = async (wanted: RegExp): Promise<void> => {
    for (const end = Date.now() + PATIENCE_MILLISECONDS; !wanted.test(text); await sleep(20)) {
      if (Date.now() > end) throw new Error(`the terminal never showed ${wanted}: ${JSON.stringify(text)}`);
    }
  };
  return { output: () => text, waitFor, type: (keys) => void child.stdin.write(keys), exited };
}
