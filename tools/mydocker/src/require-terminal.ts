import { MydockerError } from "@mydocker/stage";

/** For who feeds a container's terminal. @throws MydockerError in docker's words, exit code 1, where stdin is none */
export function requireTerminal(): void {
  if (process.getBuiltinModule("node:tty").isatty(0)) return;
  throw new MydockerError("the input device is not a TTY", { code: "NOT_A_TTY", hint: "-i without -t", exitCode: 1 });
}
