import type { OciConfig, OciExecAffinity, OciProcess } from "@mydocker/oci";
import type { ProcessIdentity } from "@mydocker/state";
import { planCapabilityWarnings } from "./capabilities.ts";
import { type MessageStyle, namespaceFlag, planMessages, planOomScore } from "./container-plan.ts";
import { statePieces } from "./hooks.ts";
import { type Operation, operation, type Plan } from "./operations.ts";
import { planProcess, planSession } from "./process.ts";
import { planAffinity } from "./scheduling.ts";
import { type PlannedSeccomp, planFilter, planListener } from "./seccomp.ts";
import { planLabels } from "./security-labels.ts";

export interface ExecContext {
  /** The container's init. */
  init: ProcessIdentity;
  cgroupJoinFiles: string[];
  /** The container. */
  id: string;
  bundle: string;
  seccomp?: PlannedSeccomp;
  background: boolean;
  noInput: boolean;
  messages: MessageStyle;
}

/** The plan that runs one more process in the container of `config`. */
export function planExec(config: OciConfig, process: OciProcess, context: ExecContext): Plan {
  return [
    planMessages(context.messages),
    ...(context.background ? [operation("background")] : []),
    ...(context.noInput ? [operation("no-input")] : []),
    ...planCapabilityWarnings(process.capabilities),
    ...planListener(context.seccomp),
    ...planEntry(config, context, process.execCPUAffinity),
    ...planOomScore(process),
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
    operation("join-process", init.pid, init.start, namespaceFlags(config)),
    operation("clone", 0),
    ...planAffinity(affinity, "initial"),
    operation("join-cgroups"),
    ...planAffinity(affinity, "final"),
  ];
}

/** Every namespace that is not the host's: setns(2) takes them all at once from the init's pidfd (Linux 5.8). */
function namespaceFlags(config: OciConfig): number {
  let flags = 0;
  for (const { type } of config.linux?.namespaces ?? []) flags |= namespaceFlag(type);
  return flags;
}
