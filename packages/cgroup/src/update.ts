import { MydockerError, warn } from "@mydocker/stage";
import { readControl } from "./control-file.ts";
import type { FileWrite } from "./plan.ts";
import type { UpdatePlan } from "./plan-update.ts";
import { writeValues } from "./write-values.ts";

/**
 * Carries out a change of limits. When a write fails, the values before are put back, last first, and the message says
 * whether that was possible. A device program is its caller's to attach.
 *
 * @throws MydockerError
 */
export function updateCgroup(plan: UpdatePlan): void {
  const before = new Map(plan.writes.map((write) => [write, previousWrites(write)]));
  const done: FileWrite[] = [];
  try {
    writeValues(plan.writes, (write) => done.push(write));
  } catch (error) {
    throw withRollback(error, putBack(done.reverse().flatMap((write) => before.get(write) ?? [])));
  }
  for (const warning of plan.warnings) warn(warning);
}

/** Undefined where all values before are in force again, or what could not be put back. */
function putBack(writes: FileWrite[]): string | undefined {
  const failures: string[] = [];
  for (const write of writes) {
    try {
      writeValues([write]);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return failures.length === 0 ? undefined : failures.join("; ");
}

function withRollback(error: unknown, failure: string | undefined): unknown {
  if (!(error instanceof MydockerError)) return error;
  const outcome = failure === undefined ? "the limits are as before" : `and some could not be put back: ${failure}`;
  return new MydockerError(`${error.message}; ${outcome}`, {
    code: error.code,
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

/** Writes that undo one. A device list of v1 cannot be undone: it has no value that could be written. */
function previousWrites({ path, value, otherwise }: FileWrite): FileWrite[] {
  if (/\/devices\.(allow|deny)$/.test(path)) return [];
  const text = readControl(path);
  if (text === undefined) return otherwise === undefined ? [] : previousWrites({ ...otherwise });
  if (path.endsWith("/memory.oom_control")) return [{ path, value: /oom_kill_disable (\d)/.exec(text)?.[1] ?? "0" }];
  const device = /^\d+:\d+(?= )/.exec(value)?.[0];
  if (device !== undefined) return [{ path, value: `${device} ${previousOfDevice(path, value, text, device)}` }];
  // A weight is read as "default 100" and written without the word.
  return text.includes("\n") ? [] : [{ path, value: text.replace(/^default /, "") }];
}

/** A file with a line for each device: the value there, or the one that takes the line away. */
function previousOfDevice(path: string, value: string, text: string, device: string): string {
  const line = text.split("\n").find((entry) => entry.startsWith(`${device} `));
  const old = line?.slice(device.length + 1);
  if (!path.endsWith("/io.max")) return old ?? "0";
  const key = /(\w+)=/.exec(value)?.[1] ?? "";
  return `${key}=${new RegExp(`${key}=(\\w+)`).exec(old ?? "")?.[1] ?? "max"}`;
}
