import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { EXIT, info, MydockerError, shimPath, warn } from "@mydocker/stage";
import { encodePlan } from "./plan/encode.ts";
import type { Plan } from "./plan/operations.ts";

/** A line of the shim's status stream (docs/shim.md, "Order of events"). */
export type ShimEvent =
  | { event: "created"; pid: number; shim: number }
  | { event: "ready" }
  | { event: "warning"; operation: string; message: string }
  | { event: "trace"; operation: string; index: number; arguments: string; nanoseconds: number }
  | ShimFailure;

export interface ShimFailure {
  event: "error";
  operation: string;
  index: number;
  arguments: string;
  /** What failed, on what. */
  message: string;
  /** The errno, its name and its text; 0 and "" where no system call failed. */
  errno: number;
  name: string;
  text: string;
  hint?: string;
  exitCode: number;
}

export interface Shim {
  process: ChildProcess;
  /** Events up to the end of the stream: the command runs, or a failure has been reported. */
  events: AsyncGenerator<ShimEvent>;
  /** Lets the container's process go on: its record is written. */
  permit(): void;
  /** Resolves with the shim's exit code (128+n when it was killed). */
  exited: Promise<number>;
}

export interface ShimStdio {
  stdin: "inherit" | "ignore";
  output: "inherit" | "ignore";
}

/**
 * Starts the shim in one of its roles with a plan. It gets a session of its own, so that a Ctrl-C at the terminal
 * reaches mydocker-init alone, which passes it on once.
 */
export function startShim(role: "run" | "create" | "enter", plan: Plan, stdio: ShimStdio): Shim {
  const descriptors = ["--plan-fd", "3", "--status-fd", "4", ...(role === "enter" ? [] : ["--control-fd", "5"])];
  const child = spawn(shimPath(), [role, ...descriptors], {
    detached: true,
    stdio: [stdio.stdin, stdio.output, stdio.output, "pipe", "pipe", ...(role === "enter" ? [] : ["pipe" as const])],
  });
  const [, , , planPipe, status, control] = child.stdio as unknown as [null, null, null, Writable, Readable, Writable?];
  // A shim that refuses the plan closes the pipe early; its status stream says why.
  planPipe.on("error", () => {});
  control?.on("error", () => {});
  planPipe.end(encodePlan(plan));
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", (error) => reject(shimMissing(error)));
    child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGKILL" ? 137 : EXIT.failed)));
  });
  exited.catch(() => {});
  return {
    process: child,
    events: readEvents(status),
    permit: () => {
      control?.end("g");
    },
    exited,
  };
}

async function* readEvents(stream: Readable): AsyncGenerator<ShimEvent> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) {
    text += String(chunk);
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as ShimEvent;
  }
}

/** Says what a person should know of an event that is not part of the sequence; throws for a failure. */
export function handleEvent(event: ShimEvent): void {
  if (event.event === "error") throw shimFailure(event);
  if (event.event === "warning") warn(`${event.operation}: ${event.message}`);
  if (event.event === "trace") {
    const milliseconds = (event.nanoseconds / 1e6).toFixed(3).padStart(9);
    info(`${milliseconds} ms  ${event.operation} ${event.arguments}`);
  }
}

/** A failed operation, as one line: the operation, its arguments, the errno. */
export function shimFailure(failure: ShimFailure): MydockerError {
  const details = { code: failure.name === "" ? "SHIM" : failure.name, exitCode: failure.exitCode };
  return new MydockerError(
    describeFailure(failure),
    failure.hint === undefined ? details : { ...details, hint: failure.hint },
  );
}

function describeFailure({ operation, message, name, text, exitCode }: ShimFailure): string {
  // What the user typed is at fault, not one of our operations, and the message says it all.
  if (exitCode === EXIT.notFound || exitCode === EXIT.cannotInvoke) return message;
  return `${operation}: ${message}${name === "" ? "" : `: ${name}: ${text}`}`;
}

function shimMissing(error: Error): MydockerError {
  return new MydockerError(`${shimPath()}: cannot be started: ${error.message}`, {
    code: "SHIM_MISSING",
    hint: "npm run build",
    cause: error,
  });
}

/** Runs the shim to its end and returns what it printed; "" where it failed (no such file). */
export function runShim(role: "enter", plan: Buffer): Promise<string> {
  const child = spawn(shimPath(), [role, "--plan-fd", "0", "--status-fd", "3"], {
    stdio: ["pipe", "pipe", "ignore", "pipe"],
  });
  // Why it failed is of no interest; but the descriptor has to be open.
  (child.stdio[3] as Readable).resume();
  const output: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
  child.stdin?.on("error", () => {});
  child.stdin?.end(plan);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(shimMissing(error)));
    child.once("close", (code) => resolve(code === 0 ? Buffer.concat(output).toString("utf8") : ""));
  });
}
