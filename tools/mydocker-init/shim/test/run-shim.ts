import { type ChildProcess, spawn } from "node:child_process";
import { type Stream, Writable } from "node:stream";
import { encodePlan, type PlannedOperation, SHIM } from "./encode-plan.ts";

/** An event of the status descriptor; see docs/shim.md. */
export interface ShimEvent {
  event: string;
  pid?: number;
  operation?: string;
  arguments?: string;
  message?: string;
  name?: string;
  hint?: string;
  exitCode?: number;
  nanoseconds?: number;
}

export interface ShimResult {
  code: number | null;
  stdout: string;
  stderr: string;
  events: ShimEvent[];
  /** The error event, if there was one. */
  error: ShimEvent | undefined;
}

const PIPES = ["pipe", "pipe", "pipe"] as const;
const IGNORED = ["ignore", "ignore", "ignore"] as const;

export interface ShimOptions {
  executable?: string;
  role?: "run" | "create" | "enter";
  input?: string;
  /** Called when an event arrives. */
  onEvent?: (event: ShimEvent, child: ChildProcess) => void;
  /** Called when there is output, with all of it so far. */
  onOutput?: (stdout: string, child: ChildProcess) => void;
}

/** Runs a plan to its end, or until the shim leaves. */
export function runPlan(operations: PlannedOperation[], options: ShimOptions = {}): Promise<ShimResult> {
  return runBytes(encodePlan(operations), options);
}

export function runBytes(plan: Buffer, options: ShimOptions = {}): Promise<ShimResult> {
  const role = options.role ?? "run";
  const child = spawn(options.executable ?? SHIM, [role, "--plan-fd", "3", "--status-fd", "4"], {
    // A created container outlives the shim, and would keep its pipes open.
    stdio: [...(role === "create" ? IGNORED : PIPES), "pipe", "pipe"],
  });
  const events: ShimEvent[] = [];
  const text = { stdout: "", stderr: "", status: "" };
  const pipes: (Stream | null | undefined)[] = Array.from(child.stdio);
  const [stdin, stdout, stderr, planPipe, status] = pipes;
  for (const pipe of [stdin, planPipe]) pipe?.on("error", () => {}); // EPIPE: it has ended, and its exit code says why
  stdout?.on("data", (data: Buffer) => {
    text.stdout += data.toString();
    options.onOutput?.(text.stdout, child);
  });
  stderr?.on("data", (data: Buffer) => {
    text.stderr += data.toString();
  });
  status?.on("data", (data: Buffer) => {
    text.status += data.toString();
    const lines = text.status.split("\n");
    text.status = lines.pop() ?? "";
    for (const line of lines) {
      const event = JSON.parse(line) as ShimEvent;
      events.push(event);
      options.onEvent?.(event, child);
    }
  });
  if (planPipe instanceof Writable) planPipe.end(plan);
  child.stdin?.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({
        code,
        stdout: text.stdout,
        stderr: text.stderr,
        events,
        error: events.find((event) => event.event === "error"),
      }),
    );
  });
}
