import { isAbsolute, join } from "node:path";
import type { OciConfig, OciNamespace, OverlayRootfs } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { planDevices } from "./devices.ts";
import { NAMESPACE_FLAG, PROPAGATION } from "./kernel-flags.ts";
import { propagationOf } from "./mount-options.ts";
import { type CgroupView, planMounts } from "./mounts.ts";
import { type Operation, operation, type Plan } from "./operations.ts";
import { planProcess, planSession } from "./process.ts";

/** What a plan depends on besides the config; all of it known before anything is done. */
export interface PlanContext {
  /** Absolute path of the bundle. */
  bundle: string;
  /** The overlay that is the rootfs, unless `root.path` is to be taken as it is. */
  overlay?: OverlayRootfs;
  /** Files to write `0` to: the cgroup in every hierarchy. */
  cgroupJoinFiles: string[];
  cgroups: CgroupView;
  /** cgroup v2: who may use which device. */
  deviceProgram?: { directory: string; program: Uint8Array };
  seccomp?: { filter: Uint8Array; flags: number };
  /** `create` waits at this FIFO. */
  startFifo?: string;
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
  return [...planHost(config, context), ...planInside(config, context), ...planEnd(context)];
}

function planHost(config: OciConfig, context: PlanContext): Operation[] {
  const { relay, record } = context;
  return [
    planMessages(context.messages),
    ...(context.trace ? [operation("trace")] : []),
    ...(context.detach === undefined ? [] : [operation("detach", context.detach)]),
    ...(context.noInput ? [operation("no-input")] : []),
    ...(record === undefined ? [] : [operation("record", record.path, ...record.pieces)]),
    ...(relay === undefined ? [] : [operation("relay", relay.log, relay.socket, relayFlags(config, relay))]),
    ...(context.exitFile === undefined ? [] : [operation("exit-file", context.exitFile)]),
    ...(context.startFifo === undefined ? [] : [operation("start-fifo", context.startFifo)]),
    ...planDeviceProgram(context.deviceProgram),
    ...context.cgroupJoinFiles.map((file) => operation("cgroup", file)),
    ...joined(config, "pid").map(({ path }) => operation("join-pid", path)),
    operation("clone", cloneFlags(namespacesOf(config))),
  ];
}

function planDeviceProgram(devices: PlanContext["deviceProgram"]): Operation[] {
  return devices === undefined ? [] : [operation("device-program", devices.directory, devices.program)];
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
  if (process === undefined) throw usageError("the config has no process");
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
    ...(process.oomScoreAdj === undefined ? [] : [operation("oom-score", String(process.oomScoreAdj))]),
    operation("propagation", rootfsPropagation(config)),
    ...planRoot(rootPath, context.overlay),
    ...planMounts(config.mounts ?? [], context.bundle, context.cgroups),
    ...planDevices(linux?.devices ?? []),
    operation("make-directory", process.cwd, 0o755),
    planSession(process, true),
    ...Object.entries(linux?.sysctl ?? {}).map(([key, value]) =>
      operation("sysctl", checkSysctl(key, config).replaceAll(".", "/"), value),
    ),
    ...planNames(config, own.has("uts")),
    ...(linux?.maskedPaths ?? []).map((path) => operation("mask", path)),
    ...(linux?.readonlyPaths ?? []).map((path) => operation("read-only", path)),
    ...(root.readonly === true ? [operation("root-read-only")] : []),
    operation("pivot"),
    ...planProcess(process, {
      waitForStart: context.startFifo !== undefined,
      ...(context.seccomp === undefined ? {} : { seccomp: context.seccomp }),
    }),
  ];
}

function planRoot(rootPath: string, overlay: OverlayRootfs | undefined): Operation[] {
  if (overlay === undefined) return [operation("root-bind", rootPath)];
  return [
    ...(overlay.volatile === true ? [operation("root-volatile")] : []),
    operation("root-overlay", rootPath, overlay.upper, overlay.work, ...overlay.lower),
  ];
}

function planEnd(context: PlanContext): Operation[] {
  return [...context.teardown, ...context.failure.map((command) => operation("undo", ...command))];
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
