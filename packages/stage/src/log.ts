import { writeSync } from "node:fs";
import { errnoOf, MydockerError } from "./errors.ts";

export interface LogOptions {
  /** `mydocker-net attach`: stands in front of every line. */
  source: string;
  format: "text" | "json";
  debug: boolean;
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

/** Tells the person at the terminal something; never on stdout, which carries data only. */
export function info(message: string): void {
  write("info", message, {});
}

export function warn(message: string): void {
  write("warning", message, {});
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
  if (options.debug && error instanceof Error) writeStderr(`${error.stack ?? ""}\n`);
}

function write(level: "error" | "warning" | "info" | "debug", message: string, extra: Record<string, string>): void {
  const line = message.replaceAll(/\s*\n\s*/g, " ");
  if (options.format === "json") {
    const entry = { level, source: options.source, msg: line, ...extra, time: new Date().toISOString() };
    writeStderr(`${JSON.stringify(entry)}\n`);
  } else {
    const label = level === "error" || level === "info" ? "" : `${level}: `;
    writeStderr(`${options.source}: ${label}${line}\n`);
  }
}

/** A reader that has gone away must not turn a report into a crash. */
function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch (error) {
    if (!["EPIPE", "EAGAIN"].includes(errnoOf(error) ?? "")) throw error;
  }
}
