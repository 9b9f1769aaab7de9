import { fstatSync, readFileSync } from "node:fs";
import { ConfigError, type OciConfig, parseConfig } from "@mydocker/oci";
import { MydockerError, systemError, usageError } from "./errors.ts";

/** The flag that every filter and sink takes. */
export const CONFIG_FLAG = {
  config: { type: "string", value: "FILE|-|fd:N", description: "Where the OCI config is read from (default: stdin)" },
} as const;

/**
 * An empty config means that the stage before this one failed and has said why: exit with 125, and quietly.
 */
export class EmptyConfigError extends Error {
  override readonly name = "EmptyConfigError";
}

/**
 * Reads and checks the config that flows through the pipe.
 *
 * @param source a path, `-` for stdin, or `fd:N` for an open descriptor
 * @throws EmptyConfigError for empty input; MydockerError for anything that is not an OCI config
 */
export function readConfig(source = "-"): OciConfig {
  const text = readInput(source);
  if (text.trim() === "" && parseDescriptor(source) !== undefined) throw new EmptyConfigError();
  try {
    return parseConfig(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new MydockerError(`config from ${describeSource(source)}: ${error.message}`, { code: "BAD_CONFIG" });
  }
}

/** The text of a document: a path, `-` for stdin, or `fd:N`. */
export function readInput(source: string): string {
  const descriptor = parseDescriptor(source);
  try {
    if (descriptor === 0 && isTerminal()) {
      throw usageError("expected an OCI config on stdin, which is a terminal", "--config FILE, or a stage in front");
    }
    return readFileSync(descriptor ?? source, "utf8");
  } catch (error) {
    if (error instanceof MydockerError) throw error;
    throw systemError(`read config from ${describeSource(source)}`, error);
  }
}

/** A character device of the kernel's terminals (devices.txt: 4 tty, 136-143 pts); node:tty takes 5 ms to load. */
function isTerminal(): boolean {
  const stdin = fstatSync(0);
  const major = (stdin.rdev >> 8) & 0xfff;
  return stdin.isCharacterDevice() && (major === 4 || (major >= 136 && major <= 143));
}

function parseDescriptor(source: string): number | undefined {
  if (source === "-") return 0;
  if (!source.startsWith("fd:")) return undefined;
  const number = /^fd:(\d{1,4})$/.exec(source)?.[1];
  if (number === undefined) throw usageError(`--config: expected fd:N with a number, got "${source}"`);
  return Number(number);
}

function describeSource(source: string): string {
  return source === "-" ? "stdin" : source;
}
