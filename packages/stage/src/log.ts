import { writeFileSync, writeSync } from "node:fs";
import { errnoOf, MydockerError, unlessErrno } from "./errors.ts";

export interface LogOptions {
  /** `mydocker-net attach`: stands in front of every line. */
  source: string;
  format: "text" | "json";
  debug: boolean;
  /** The file of an OCI runtime's `--log`: a line for the error by which a call fails, and for what it warns of. */
  file?: ErrorLog;
}

export interface ErrorLog {
  /** Absolute. */
  path: string;
  format: "text" | "json";
}

let options: LogOptions = { source: "mydocker", format: "text", debug: false };

/** Set once per process by `runTool`, before the command runs. */
export function configureLog(changes: Partial<LogOptions>): void {
  options = { ...options, ...changes };
}

/** For a program that goes on in this one's name: its messages are to look the same. */
export function logOptions(): Readonly<LogOptions> {
  return options;
}

/**
 * Tells the person at the terminal something; never on stdout, which carries data only.
 *
 * @param fields what a program is told besides, with `--log-format json`
 */
export function info(message: string, fields: Record<string, string | number> = {}): void {
  write("info", message, fields);
}

/** The stderr of an OCI runtime is its container's, too: with `--log`, what is no error goes there. */
export function warn(message: string): void {
  if (options.file === undefined) write("warning", message, {});
  else appendLog(options.file, "warning", message);
}

/** Only with `--debug`. */
export function debug(message: string): void {
  if (options.debug) write("debug", message, {});
}

/** One line (or one JSON object) for a failure; the stack only with `--debug`. */
export function reportError(error: unknown): void {
  if (error instanceof MydockerError) {
    const hint = error.hint === undefined ? "" : `; try: ${error.hint}`;
    const extra = { code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) };
    write("error", options.format === "json" ? error.message : `${error.message}${hint}`, extra);
  } else {
    const text = error instanceof Error ? error.message : String(error);
    write("error", text, { code: errnoOf(error) ?? "INTERNAL" });
  }
  if (options.file !== undefined) logError(options.file, error);
  if (options.debug && error instanceof Error) writeStderr(`${error.stack ?? ""}\n`);
}

function write(
  level: "error" | "warning" | "info" | "debug",
  message: string,
  extra: Record<string, string | number>,
): void {
  const line = message.replaceAll(/\s*\n\s*/g, " ");
  if (options.format === "json") {
    const entry = { level, source: options.source, msg: line, ...extra, time: new Date().toISOString() };
    writeStderr(`${JSON.stringify(entry)}\n`);
  } else {
    const label = level === "error" || level === "info" ? "" : `${level}: `;
    writeStderr(`${options.source}: ${label}${line}\n`);
  }
}

/** Engines look here for what went wrong: containerd takes the last error, podman the whole file where it is one JSON object. */
function logError(log: ErrorLog, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof MydockerError && error.hint !== undefined ? `; try: ${error.hint}` : "";
  appendLog(log, "error", `${message}${hint}`);
}

function appendLog({ path, format }: ErrorLog, level: "error" | "warning", msg: string): void {
  const time = new Date().toISOString();
  const line =
    format === "json"
      ? JSON.stringify({ level, msg, time })
      : `time="${time}" level=${level} msg=${JSON.stringify(msg)}`;
  // An error is on stderr already: a log that cannot be written must not hide it.
  unlessErrno(LOG_GONE, () => writeFileSync(path, `${line}\n`, { flag: "a" }));
}

const LOG_GONE = ["ENOENT", "EACCES", "EROFS", "ENOSPC", "EISDIR", "ENOTDIR", "EPERM"];

/** A reader that has gone away must not turn a report into a crash. */
function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch (error) {
    if (!["EPIPE", "EAGAIN"].includes(errnoOf(error) ?? "")) throw error;
  }
}
