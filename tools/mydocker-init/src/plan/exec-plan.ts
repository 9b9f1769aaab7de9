import type { OciConfig, OciProcess } from "@mydocker/oci";
import type { ProcessIdentity } from "@mydocker/state";
import { type Caller, planCalled, planCaller } from "./caller.ts";
import { type MessageStyle, planMessages } from "./container-plan.ts";
import { entryFlags, originOf } from "./namespaces.ts";
import { type Operation, operation, type Plan } from "./operations.ts";
import { planProcess, planSession } from "./process.ts";
import { planStreams } from "./streams.ts";

export interface ExecContext {
  /** The container's init. */
  init: ProcessIdentity;
  cgroupJoinFiles: string[];
  seccomp?: { filter: Uint8Array; flags: number };
  /** How long the call takes: `wait` for its end, or only until it runs, with the caller's stdio or with none. */
  mode: "wait" | "background" | "no-wait";
  caller: Caller;
  /** The exit code of a process that could not be started; without it 125, 126 or 127. */
  failureCode?: number;
  noInput: boolean;
  messages: MessageStyle;
}

/** The plan that runs one more process in the container of `config`. */
export function planExec(config: OciConfig, process: OciProcess, context: ExecContext): Plan {
  return [
    planMessages(context.messages),
    ...planCaller(context.caller, "setns"),
    ...(context.failureCode === undefined ? [] : [operation("failure-code", context.failureCode)]),
    ...(context.mode === "wait" ? [] : [operation(context.mode)]),
    ...(context.noInput ? [operation("no-input")] : []),
    ...planStreams(config, process),
    ...planEntry(config, context),
    ...planCalled(context.caller),
    planSession(process, false),
    ...planProcess(process, {
      waitForStart: false,
      ...(context.seccomp === undefined ? {} : { seccomp: context.seccomp }),
    }),
  ];
}

/** The plan that prints a file of the container, looked up from within, where no link leads out. */
export function planShowFile(config: OciConfig, init: ProcessIdentity, path: string, limit: number): Plan {
  return [...planEntry(config, { init, cgroupJoinFiles: [] }), operation("show-file", path, limit)];
}

function planEntry(config: OciConfig, context: Pick<ExecContext, "init" | "cgroupJoinFiles">): Operation[] {
  const { init } = context;
  return [
    ...context.cgroupJoinFiles.map((file) => operation("cgroup", file)),
    // A mount namespace of its own has the container's root as its root; in any other one that is a chroot.
    ...(originOf(config, "mount") === "new" ? [] : [operation("process-root", init.pid, init.start)]),
    operation("join-process", init.pid, init.start, entryFlags(config)),
    operation("clone", 0),
    operation("join-cgroups"),
  ];
}
