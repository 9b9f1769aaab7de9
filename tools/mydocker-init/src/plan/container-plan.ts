import { isAbsolute, join } from "node:path";
import type { OciConfig, OciNamespace, OciProcess, OverlayRootfs } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { planCapabilityWarnings } from "./capabilities.ts";
import { planDevices } from "./devices.ts";
import { planCreateHooks, planStartedHooks, planStartHooks, planUndoHooks, statePieces } from "./hooks.ts";
import { NAMESPACE_FLAG, PROPAGATION } from "./kernel-flags.ts";
import { propagationOf } from "./mount-options.ts";
import { type CgroupView, planMounts } from "./mounts.ts";
import { type Operation, operation, type Plan } from "./operations.ts";
import { planProcess, planSession } from "./process.ts";
import { type PlannedSeccomp, planFilter, planListener } from "./seccomp.ts";
import { labelMounts, planLabels } from "./security-labels.ts";

/** What a plan depends on besides the config; all of it known before anything is done. */
export interface PlanContext {
  id: string;
  /** Absolute path of the bundle. */
  bundle: string;
  /** The overlay that is the rootfs, unless `root.path` is to be taken as it is. */
  overlay?: OverlayRootfs;
  /** Files to write `0` to: the cgroup in every hierarchy. */
  cgroupJoinFiles: string[];
  cgroups: CgroupView;
  seccomp?: PlannedSeccomp;
  /** `create` waits at this FIFO. */
  startFifo?: string;
  /** The FIFO that tells whoever starts the container what became of it. */
  startAnswer?: string;
  /** The monitor's log and socket. */
  relay?: { log: string; socket: string; stdinOpen: boolean; stdinOnce: boolean };
  exitFile?: string;
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
  return [
    ...planHost(config, context),
    ...planInside(config, context),
    ...planStarted(config, context),
    ...planEnd(config, context),
  ];
}

function planHost(config: OciConfig, context: PlanContext): Operation[] {
  const { relay, record } = context;
  return [
    planMessages(context.messages),
    ...planCapabilityWarnings(config.process?.capabilities),
    ...(context.trace ? [operation("trace")] : []),
    ...(context.detach === undefined ? [] : [operation("detach", context.detach)]),
    ...(context.noInput ? [operation("no-input")] : []),
    ...(record === undefined ? [] : [operation("record", record.path, ...record.pieces)]),
    ...(relay === undefined ? [] : [operation("relay", relay.log, relay.socket, relayFlags(config, relay))]),
    ...(context.exitFile === undefined ? [] : [operation("exit-file", context.exitFile)]),
    ...(context.startFifo === undefined ? [] : [operation("start-fifo", context.startFifo)]),
    ...(context.startAnswer === undefined ? [] : [operation("start-answer", context.startAnswer)]),
    ...context.cgroupJoinFiles.map((file) => operation("cgroup", file)),
    ...planListener(context.seccomp),
    ...joined(config, "pid").map(({ path }) => operation("join-pid", path)),
    operation("clone", cloneFlags(namespacesOf(config))),
  ];
}

/** The shim speaks in the name of the tool that became it. */
export function planMessages({ source, format }: MessageStyle): Operation {
  return operation("messages", source, format === "json" ? 1 : 0);
}

function relayFlags(config: OciConfig, relay: NonNullable<PlanContext["relay"]>): number {
  const terminal = config.process?.terminal === true ? RELAY.terminal : 0;
  return (relay.stdinOpen ? RELAY.stdinOpen : 0) | (relay.stdinOnce ? RELAY.stdinOnce : 0) | terminal;
}

function planInside(config: OciConfig, context: PlanContext): Operation[] {
  const { process, root, linux } = config;
  if (root === undefined) throw usageError("the config has no root");
  const rootPath = isAbsolute(root.path) ? root.path : join(context.bundle, root.path);
  const own = new Set(
    namespacesOf(config)
      .filter(isNew)
      .map(({ type }) => type),
  );
  if (!own.has("mount")) throw usageError("linux.namespaces: a new mount namespace is needed");
  return [
    operation("join-cgroups"),
    ...(own.has("cgroup") ? [operation("unshare", NAMESPACE_FLAG.cgroup)] : []),
    ...["network", "ipc", "uts", "cgroup"].flatMap((type) =>
      joined(config, type).map(({ path }) => operation("join", path, namespaceFlag(type))),
    ),
    ...planOomScore(process),
    operation("propagation", rootfsPropagation(config)),
    ...planRoot(rootPath, context.overlay),
    ...labelMounts(planMounts(config.mounts ?? [], context.bundle, context.cgroups), linux?.mountLabel),
    ...planDevices(linux?.devices ?? []),
    ...(process === undefined ? [] : [operation("make-directory", process.cwd, 0o755)]),
    planSession(process, true),
    ...planCreateHooks(config, context),
    ...planLabels(process ?? {}),
    ...Object.entries(linux?.sysctl ?? {}).map(([key, value]) =>
      operation("sysctl", checkSysctl(key, config).replaceAll(".", "/"), value),
    ),
    ...planNames(config, own.has("uts")),
    ...(linux?.maskedPaths ?? []).map((path) => operation("mask", path)),
    ...(linux?.readonlyPaths ?? []).map((path) => operation("read-only", path)),
    ...(root.readonly === true ? [operation("root-read-only")] : []),
    operation("pivot"),
    ...planCommand(config, context),
  ];
}

/** config.md#process: `create` needs none. Then there is nothing behind the wait for `start`, which refuses before that. */
function planCommand(config: OciConfig, context: PlanContext): Operation[] {
  const waitForStart = context.startFifo !== undefined;
  if (config.process === undefined || config.process === null) {
    if (waitForStart) return [operation("wait-start"), operation("execute")];
    throw usageError("the config has no process", "create: only `start` needs one");
  }
  return planProcess(config.process, {
    waitForStart,
    filter: planFilter(context.seccomp, config, statePieces(config, context, "creating")),
    startHooks: planStartHooks(config, context),
    linux: config.linux,
  });
}

export function planOomScore(process: OciProcess | undefined): Operation[] {
  const score = process?.oomScoreAdj;
  return score === undefined || score === null ? [] : [operation("oom-score", String(score))];
}

function planRoot(rootPath: string, overlay: OverlayRootfs | undefined): Operation[] {
  if (overlay === undefined) return [operation("root-bind", rootPath)];
  return [
    ...(overlay.volatile === true ? [operation("root-volatile")] : []),
    operation("root-overlay", rootPath, overlay.upper, overlay.work, ...overlay.lower),
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
function planNames(config: OciConfig, ownNames: boolean): Operation[] {
  const { hostname, domainname } = config;
  const names = [
    ...(hostname === undefined || hostname === "" ? [] : [operation("hostname", hostname)]),
    ...(domainname === undefined || domainname === "" ? [] : [operation("domainname", domainname)]),
  ];
  if (names.length > 0 && !ownNames) throw usageError("hostname: needs a new uts namespace");
  return names;
}

/** Namespaced sysctls only, and only of a namespace that is the container's own: any other would set the host's. */
function checkSysctl(key: string, config: OciConfig): string {
  const name = key.replaceAll("/", ".");
  const ipc = /^(kernel\.(msg(max|mnb|mni)|sem|shm(all|max|mni|_rmid_forced))|fs\.mqueue\..+)$/.test(name);
  const network = name.startsWith("net.");
  if (!/^[a-z0-9_.-]+$/i.test(name) || name.includes("..") || !(ipc || network)) {
    throw usageError(`sysctl "${key}": expected net.*, fs.mqueue.*, or one of the ipc settings of kernel.*`);
  }
  const needed = network ? "network" : "ipc";
  if (!namespacesOf(config).some(({ type }) => type === needed))
    throw usageError(`sysctl "${key}": needs a ${needed} namespace of the container's own`);
  return name;
}

function rootfsPropagation(config: OciConfig): number {
  const wanted = config.linux?.rootfsPropagation ?? "private";
  const flags = propagationOf(wanted);
  if (flags === undefined) {
    throw usageError(`rootfsPropagation "${wanted}": expected private, slave, shared or unbindable`);
  }
  return flags | PROPAGATION.recursive;
}

function namespacesOf(config: OciConfig): OciNamespace[] {
  return config.linux?.namespaces ?? [];
}

function isNew(namespace: OciNamespace): boolean {
  return namespace.path === undefined || namespace.path === "";
}

function joined(config: OciConfig, type: string): { type: string; path: string }[] {
  return namespacesOf(config).flatMap((namespace) =>
    namespace.type === type && namespace.path !== undefined && namespace.path !== ""
      ? [{ type, path: namespace.path }]
      : [],
  );
}

/** The cgroup namespace is unshared later: it takes its root from the cgroups that its maker is in. */
function cloneFlags(namespaces: OciNamespace[]): number {
  let flags = 0;
  for (const namespace of namespaces) {
    const { type } = namespace;
    if (type === "user" || type === "time") {
      throw usageError(`linux.namespaces: the ${type} namespace is not supported`);
    }
    if (type === "mount" && !isNew(namespace)) throw usageError("linux.namespaces: a mount namespace cannot be joined");
    if (isNew(namespace) && type !== "cgroup") flags |= NAMESPACE_FLAG[type];
  }
  return flags;
}

/** CLONE_NEW* of a namespace type of the config. */
export function namespaceFlag(type: string): number {
  return Object.entries(NAMESPACE_FLAG).find(([name]) => name === type)?.[1] ?? 0;
}
