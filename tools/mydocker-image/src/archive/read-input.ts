import { closeSync, openSync, readSync } from "node:fs";
import { systemError, unlessErrno, usageError } from "@mydocker/stage";

const CHUNK = 512 * 1024;

/** A file, or stdin where there is no path, piece by piece. @param hint what to try at a terminal */
export function readInput(path: string | undefined, hint: string): AsyncGenerator<Buffer> {
  if (path === undefined && process.getBuiltinModule("node:tty").isatty(0)) {
    throw usageError("an archive is not typed at a terminal", hint);
  }
  return readPieces(path === undefined ? 0 : openForReading(path));
}

async function* readPieces(file: number): AsyncGenerator<Buffer> {
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const length = unlessErrno(["EAGAIN"], () => readSync(file, buffer, 0, CHUNK, null));
      if (length === 0) return;
      if (length !== undefined) yield buffer.subarray(0, length);
      // A pipe that somebody has made non-blocking, with nothing in it yet.
      else await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    if (file !== 0) closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw systemError(`read ${path}`, error);
  }
}
