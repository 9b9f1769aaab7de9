import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { systemError, unlessErrno, usageError } from "@mydocker/stage";
import { temporaryName } from "@mydocker/state";
import { removeWhenInterrupted } from "../store/interruption.ts";

/** Gives `work` a descriptor to write an archive to: stdout, or a file that is there whole or not at all. */
export async function withArchiveOutput(
  output: string | undefined,
  work: (descriptor: number) => Promise<void>,
): Promise<void> {
  if (output === undefined) {
    if (process.getBuiltinModule("node:tty").isatty(1))
      throw usageError("an archive is nothing for a terminal", "-o FILE");
    return work(1);
  }
  const temporary = temporaryName(output);
  const file = openForWriting(temporary);
  const forget = removeWhenInterrupted(temporary);
  try {
    await work(file);
    renameSync(temporary, output);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
    forget();
  }
}

function openForWriting(path: string): number {
  try {
    return openSync(path, "wx", 0o644);
  } catch (error) {
    throw systemError(`write ${path}`, error);
  }
}

/** Writes all of it; a pipe that is full for the moment is tried again. */
export async function writeBytes(descriptor: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const start = offset;
    const written = unlessErrno(["EAGAIN"], () => writeSync(descriptor, bytes.subarray(start)));
    if (written === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    else offset += written;
  }
}
