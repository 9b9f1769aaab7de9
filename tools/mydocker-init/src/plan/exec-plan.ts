import type { OciConfig, OciExecAffinity, OciProcess } from "@mydocker/oci";
import type { ProcessIdentity } from "@mydocker/state";
import { type Caller, planCalled, planCaller } from "./caller.ts";
import { planCapabilityWarnings } from "./capabilities.ts";
import { type MessageStyle, planMessages, planOomScore } from "./container-plan.ts";
import { statePieces } from "./hooks.ts";
import { entryFlags, originOf } from "./namespaces.ts";
import { type Operation, operation, type Plan } from "./operations.ts";
import { planProcess, planSession } from "./process.ts";
import { planAffinity } from "./scheduling.ts";
import { type PlannedSeccomp, planFilter, planListener } from "./seccomp.ts";
import { planLabels } from "./security-labels.ts";
import { planStreams } from "./streams.ts";

export interface ExecContext {
  /** The container's init. */
  init: ProcessIdentity;
  cgroupJoinFiles: string[];
  /** The container. */
  id: string;
  bundle: string;
  seccomp?: PlannedSeccomp;
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
    ...planCapabilityWarnings(process.capabilities),
    ...planStreams(config, process),
    ...planListener(context.seccomp),
    ...planEntry(config, context, process.execCPUAffinity),
    ...planCalled(context.caller),
    ...planOomScore(process, false, "container"),
    planSession(process, false),
    ...planLabels(process),
    ...planProcess(process, {
      waitForStart: false,
      filter: planFilter(context.seccomp, config, [runningState(config, context)]),
      startHooks: [],
      linux: config.linux,
    }),
  ];
}

function runningState(config: OciConfig, context: ExecContext): string {
  const [before, after] = statePieces(config, context, "running");
  return `${before}${context.init.pid}${after}`;
}

/** The plan that prints a file of the container, looked up from within, where no link leads out. */
export function planShowFile(config: OciConfig, init: ProcessIdentity, path: string, limit: number): Plan {
  return [...planEntry(config, { init, cgroupJoinFiles: [] }), operation("show-file", path, limit)];
}

function planEntry(
  config: OciConfig,
  context: Pick<ExecContext, "init" | "cgroupJoinFiles">,
  affinity?: OciExecAffinity,
): Operation[] {
  const { init } = context;
  return [
    ...context.cgroupJoinFiles.map((file) => operation("cgroup", file)),
    // A mount namespace of its own has the container's root as its root; in any other one that is a chroot.
    ...(originOf(config, "mount") === "new" ? [] : [operation("process-root", init.pid, init.start)]),
    operation("join-process", init.pid, init.start, entryFlags(config)),
    operation("clone", 0),
    ...planAffinity(affinity, "initial"),
    operation("join-cgroups"),
    ...planAffinity(affinity, "final"),
  ];
}
