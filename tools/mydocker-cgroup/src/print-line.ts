import { MydockerError, writeAll } from "@mydocker/stage";

/**
 * Writes a JSON line for whoever reads along.
 *
 * @returns false once nobody does any more (`| head`): then there is nothing left to do, and nothing wrong
 */
export function printLine(value: object): boolean {
  try {
    writeAll(`${JSON.stringify(value)}\n`);
    return true;
  } catch (error) {
    if (error instanceof MydockerError && error.code === "EPIPE") return false;
    throw error;
  }
}
