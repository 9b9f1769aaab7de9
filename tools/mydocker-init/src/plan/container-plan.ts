import type { OciConfig, OciNamespaceType, OciProcess, OverlayRootfs } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import type { ProcessIdentity } from "@mydocker/state";
import { type Caller, planCalled, planCaller } from "./caller.ts";
import { planCapabilityWarnings } from "./capabilities.ts";
import type { CgroupView } from "./cgroup-mounts.ts";
import { planFileSystems } from "./file-systems.ts";
import { planCreateHooks, planStartedHooks, planStartHooks, planUndoHooks, statePieces } from "./hooks.ts";
import { NAMESPACE_FLAG } from "./kernel-flags.ts";
import { planChildLimits } from "./limits.ts";
import { originOf, planClone, planJoins } from "./namespaces.ts";
import { planNetDevices } from "./net-devices.ts";
import { type Operation, operation, type Plan } from "./operations.ts";
import type { Planned } from "./prepared-mounts.ts";
import { planProcess, planSession } from "./process.ts";
import { planRootPropagation } from "./root.ts";
import { type PlannedSeccomp, planFilter, planListener } from "./seccomp.ts";
import { labelMounts, planLabels } from "./security-labels.ts";
import { planStreams } from "./streams.ts";
import { planSysctls } from "./sysctls.ts";

/** What a plan depends on besides the config; all of it known before anything is done. */
export interface PlanContext {
  id: string;
  /** Absolute path of the bundle. */
  bundle: string;
  /** The overlay that is the rootfs, unless `root.path` is to be taken as it is. */
  overlay?: OverlayRootfs;
  /** Files to write `0` to: the cgroup in every hierarchy. */
  cgroupJoinFiles: string[];
  /** Where the kernel counts what it kills for lack of memory, and the limit. */
  memoryEvents?: [events: string, limit: string];
  cgroups: CgroupView;
  /** Types of namespaces that the config joins by a path, which leads to the one that mydocker-init is in. */
  hostNamespaces: ReadonlySet<OciNamespaceType>;
  /** cgroup v2: who may use which device. */
  deviceProgram?: { directory: string; program: Uint8Array };
  /** The process that keeps systemd's scope until the container's has joined it. */
  scopeHolder?: ProcessIdentity;
  seccomp?: PlannedSeccomp;
  /** `create` waits at this FIFO. */
  startFifo?: string;
  /** The FIFO that tells whoever starts the container what became of it. */
  startAnswer?: string;
  /** The monitor's log and socket. */
  relay?: { log: string; socket: string; stdinOpen: boolean; stdinOnce: boolean };
  exitFile?: string;
  caller: Caller;
  /** How the shim's messages look: who speaks, and whether as JSON. */
  messages: MessageStyle;
  /** The container's record, `state.json`: pieces of text, with the pids and start times between them. */
  record?: { path: string; pieces: string[] };
  /** Leave the container to a monitor once it is ready, and print this then. */
  detach?: string;
  /** stdin is not wanted. */
  noInput: boolean;
  /** What is done when the container has ended. */
  teardown: Operation[];
  /** Commands that are run when the container could not be made. */
  failure: string[][];
  trace: boolean;
}

export interface MessageStyle {
  source: string;
  format: "text" | "json";
}

const RELAY = { stdinOpen: 1, stdinOnce: 2, terminal: 4 };

/**
 * Compiles a config into the plan that makes the container. Pure: the same config and context give the same plan.
 *
 * @throws MydockerError for a config that asks for what mydocker-init does not do, or that contradicts itself
 */
export function planContainer(config: OciConfig, context: PlanContext): Plan {
  const fileSystems = planFileSystems(config, context);
  return [
    ...planHost(config, context, fileSystems),
    ...planInside(config, context, fileSystems),
    ...planStarted(config, context),
    ...planEnd(config, context),
  ];
}

function planHost(config: OciConfig, context: PlanContext, fileSystems: Planned): Operation[] {
  const { relay, record } = context;
  return [
    planMessages(context.messages),
    ...planCapabilityWarnings(config.process?.capabilities),
    ...planCaller(context.caller, "standard"),
    ...(context.trace ? [operation("trace")] : []),
    ...(context.detach === undefined ? [] : [operation("detach", context.detach)]),
    ...(context.noInput ? [operation("no-input")] : []),
    ...(record === undefined ? [] : [operation("record", record.path, ...record.pieces)]),
    ...(relay === undefined ? [] : [operation("relay", relay.log, relay.socket, relayFlags(config, relay))]),
    ...(context.exitFile === undefined ? [] : [operation("exit-file", context.exitFile)]),
    ...(context.startFifo === undefined ? [] : [operation("start-fifo", context.startFifo)]),
    ...(context.startAnswer === undefined ? [] : [operation("start-answer", context.startAnswer)]),
    ...planDeviceProgram(context.deviceProgram),
    ...planScopeHolder(context.scopeHolder),
    ...context.cgroupJoinFiles.map((file) => operation("cgroup", file)),
    ...(context.memoryEvents === undefined ? [] : [operation("memory-events", ...context.memoryEvents)]),
    ...planListener(context.seccomp),
    ...planStreams(config, config.process),
    ...fileSystems.host,
    ...planSysctls(config, context.hostNamespaces).host,
    ...planNetDevices(config),
    ...planOomScore(config.process, originOf(config, "user") !== "inherited", "host"),
    ...(originOf(config, "user") === "inherited" ? [] : planChildLimits(config.process?.rlimits ?? [])),
    ...planClone(config),
  ];
}

function planDeviceProgram(devices: PlanContext["deviceProgram"]): Operation[] {
  return devices === undefined ? [] : [operation("device-program", devices.directory, devices.program)];
}

function planScopeHolder(holder: ProcessIdentity | undefined): Operation[] {
  return holder === undefined ? [] : [operation("scope-holder", holder.pid, holder.start)];
}

/** The shim speaks in the name of the tool that became it. */
export function planMessages({ source, format }: MessageStyle): Operation {
  return operation("messages", source, format === "json" ? 1 : 0);
}

function relayFlags(config: OciConfig, relay: NonNullable<PlanContext["relay"]>): number {
  const terminal = config.process?.terminal === true ? RELAY.terminal : 0;
  return (relay.stdinOpen ? RELAY.stdinOpen : 0) | (relay.stdinOnce ? RELAY.stdinOnce : 0) | terminal;
}

function planInside(config: OciConfig, context: PlanContext, fileSystems: Planned): Operation[] {
  const { process, linux } = config;
  if (process === undefined) throw usageError("the config has no process");
  return [
    ...planCalled(context.caller),
    operation("join-cgroups"),
    ...(originOf(config, "cgroup") === "new" ? [operation("unshare", NAMESPACE_FLAG.cgroup)] : []),
    ...planOomScore(process, originOf(config, "user") !== "inherited", "container"),
    ...planJoins(config),
    ...labelMounts(fileSystems.inside, linux?.mountLabel),
    operation("make-directory", process.cwd, 0o755),
    planSession(process, originOf(config, "mount") === "new"),
    ...planCreateHooks(config, context),
    ...planLabels(process),
    ...planSysctls(config, context.hostNamespaces).inside,
    ...planNames(config, context.hostNamespaces),
    ...planSealing(config),
    ...planProcess(process, {
      waitForStart: context.startFifo !== undefined,
      startHooks: planStartHooks(config, context),
      filter: planFilter(context.seccomp, config, statePieces(config, context, "creating")),
      linux,
    }),
  ];
}

/** What must not be seen or written any more, and then the root itself. */
function planSealing(config: OciConfig): Operation[] {
  const { root, linux } = config;
  if (originOf(config, "mount") !== "new") return [operation("change-root")];
  return [
    ...(linux?.maskedPaths ?? []).map((path) => operation("mask", path)),
    ...(linux?.readonlyPaths ?? []).map((path) => operation("read-only", path)),
    ...(root?.readonly === true ? [operation("root-read-only")] : []),
    operation("pivot"),
    ...planRootPropagation(config),
  ];
}

/** By the parent, where the process is in a user namespace: there, no privilege makes the score lower. */
export function planOomScore(
  process: OciProcess | undefined,
  hasUserNamespace: boolean,
  phase: "host" | "container",
): Operation[] {
  const score = process?.oomScoreAdj;
  if (score === undefined || score === null || hasUserNamespace !== (phase === "host")) return [];
  return [
    phase === "host" ? operation("child-file", "oom_score_adj", String(score)) : operation("oom-score", String(score)),
  ];
}

/** Of a container that nobody stays with, `start` runs the poststart hooks: the shim has left by then. */
function planStarted(config: OciConfig, context: PlanContext): Operation[] {
  return context.startFifo !== undefined && context.relay === undefined ? [] : planStartedHooks(config, context);
}

function planEnd(config: OciConfig, context: PlanContext): Operation[] {
  const undone = planUndoHooks(config, context);
  return [...context.teardown, ...undone, ...context.failure.map((command) => operation("undo", ...command))];
}

/** Names belong to the UTS namespace: without an own one, setting them would rename the host. */
function planNames(config: OciConfig, hostNamespaces: ReadonlySet<OciNamespaceType>): Operation[] {
  const { hostname, domainname } = config;
  const names = [
    ...(hostname === undefined || hostname === "" ? [] : [operation("hostname", hostname)]),
    ...(domainname === undefined || domainname === "" ? [] : [operation("domainname", domainname)]),
  ];
  if (names.length > 0 && (originOf(config, "uts") === "inherited" || hostNamespaces.has("uts"))) {
    throw usageError("hostname: needs a uts namespace of the container's own");
  }
  return names;
}
