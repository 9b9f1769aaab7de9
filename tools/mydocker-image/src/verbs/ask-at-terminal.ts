import { readSync, writeSync } from "node:fs";
import { MydockerError, usageError } from "@mydocker/stage";

const [INTERRUPT, END, BACKSPACE, DELETE, KILL] = [0x03, 0x04, 0x08, 0x7f, 0x15];

/**
 * Asks for a line at the terminal.
 *
 * @param echo false: it is not shown
 */
export async function askAtTerminal(question: string, { echo }: { echo: boolean }): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) {
    throw usageError("Cannot perform an interactive login from a non TTY device", "-u NAME --password-stdin");
  }
  writeSync(2, question);
  // Raw, so that nothing is shown: the line is edited here, as far as anybody edits a password.
  if (!echo) stdin.setRawMode(true);
  try {
    return readLine(echo);
  } finally {
    if (!echo) {
      stdin.setRawMode(false);
      writeSync(2, "\n");
    }
  }
}

function readLine(isCooked: boolean): string {
  const bytes: number[] = [];
  const one = Buffer.alloc(1);
  while (readSync(0, one, 0, 1, null) === 1) {
    const byte = one[0] ?? 0;
    if (byte === 0x0a || byte === 0x0d) break;
    if (!isCooked && byte === INTERRUPT) {
      throw new MydockerError("interrupted", { code: "INTERRUPTED", exitCode: 130 });
    }
    if (!isCooked && byte === END && bytes.length === 0) break;
    if (!isCooked && byte === KILL) bytes.length = 0;
    else if (!isCooked && (byte === BACKSPACE || byte === DELETE)) bytes.pop();
    else bytes.push(byte);
  }
  return Buffer.from(bytes).toString("utf8");
}
