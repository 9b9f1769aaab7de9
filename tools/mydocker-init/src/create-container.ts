import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { cgroupDirectory, findHierarchies, removeCgroup } from "@mydocker/cgroup";
import { stopScope, stopScopeCommand } from "@mydocker/cgroup/systemd-scope";
import { ANNOTATION, getAnnotation, type OciConfig, stringifyExact } from "@mydocker/oci";
import { logOptions, siblingPath, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, type HostPaths, RUNTIME_FILE, writeFileAtomic } from "@mydocker/state";
import { becomeShim } from "./become-shim.ts";
import { type Bundle, readBundle } from "./bundle.ts";
import { type ContainerCgroup, cgroupsPathOf, lookUpCgroup, makeCgroup, wantedScope } from "./container-cgroup.ts";
import { findHostNamespaces } from "./host-namespaces.ts";
import type { Caller } from "./plan/caller.ts";
import { type PlanContext, planContainer } from "./plan/container-plan.ts";
import type { Plan } from "./plan/operations.ts";
import { planRecord } from "./plan/record.ts";
import { planTeardown, type TeardownContext } from "./plan/teardown.ts";
import { makeRuntimeDirectory, removeRuntimeDirectory } from "./runtime-directory.ts";
import { runtimeOptions } from "./runtime-options.ts";
import { compileSeccomp } from "./seccomp/compile.ts";
import { checkSecurityModules } from "./security-modules.ts";
import { timestamp } from "./timestamp.ts";

export interface CreateOptions {
  id: string;
  /** The container's runtime directory. */
  directory: string;
  bundle: string | undefined;
  /** Stay in the foreground with the caller's stdio, or leave the container to a monitor (or to whoever reaps orphans). */
  foreground: boolean;
  /** Wait for `start` before the command is executed. */
  waitForStart: boolean;
  /** Leave what there is of an ended container to `delete`. */
  keep: boolean;
  caller: Caller;
  trace: boolean;
}

/** What follows from the config and the options together. */
interface Making extends CreateOptions {
  found: Bundle;
  /** A monitor holds the container's stdio and log. */
  monitored: boolean;
  /** The shim stays until the container's end, and takes everything away then. */
  stays: boolean;
}

/**
 * Makes a container: cgroup and runtime directory; then this process becomes the shim with the plan for all the rest. A
 * failure leaves nothing of it: up to there it is undone here, afterwards by `abandon`, which the plan has the shim run.
 */
export async function becomeContainer(paths: HostPaths, config: OciConfig, options: CreateOptions): Promise<never> {
  const making = readOptions(config, options);
  const { found } = making;
  // The directory is the claim of the id: until it is ours, nothing of that id may be touched.
  makeRuntimeDirectory(options.directory, config);
  const cgroup = await unlessFailed(options.directory, makeCgroup(paths, config, options.id));
  try {
    const plan = planContainer(withProcess(config, options), planContext(paths, config, making, cgroup));
    if (found.record !== undefined) freezeConfig(found.record, config);
    becomeShim(making.stays ? "run" : "create", plan, options.directory);
  } catch (error) {
    takeBack(paths, config, options.id, options.directory);
    throw error;
  }
}

/** A cgroup that is refused may be somebody else's, so that only the directory is taken back. */
async function unlessFailed<T>(directory: string, made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    removeRuntimeDirectory(directory);
    throw error;
  }
}

/** What `becomeContainer` would have the shim do. Makes nothing, but for a filter in the cache of compiled ones. */
export function planOf(paths: HostPaths, config: OciConfig, options: CreateOptions): Plan {
  const making = readOptions(config, options);
  const cgroup = lookUpCgroup(cgroupsPathOf(paths, config, options.id), config);
  return planContainer(withProcess(config, options), planContext(paths, config, making, cgroup));
}

function readOptions(config: OciConfig, options: CreateOptions): Making {
  const found = readBundle(config, options.bundle);
  const monitored = found.record !== undefined && !options.foreground;
  checkTerminal(config, options, monitored);
  return { ...options, found, monitored, stays: monitored || options.foreground };
}

/** A terminal needs somebody who holds its other end: the monitor, this process, or who listens on the console socket. */
function checkTerminal(config: OciConfig, { caller, foreground }: CreateOptions, monitored: boolean): void {
  const terminal = config.process?.terminal === true;
  const socket = caller.consoleSocket !== undefined;
  if (socket && !terminal) throw usageError("--console-socket: the config's process.terminal is not set");
  if (socket && (monitored || foreground)) {
    throw usageError(
      "--console-socket: the terminal has somebody who holds it",
      "create, or run --detach, of a plain bundle",
    );
  }
  if (terminal && !socket && !monitored && !foreground) {
    throw usageError(
      "process.terminal: nobody would hold the terminal of a container left to itself",
      "--console-socket",
    );
  }
}

/** Undoes what `becomeContainer` did before there was a container. */
export function takeBack(paths: HostPaths, config: OciConfig, id: string, directory: string): void {
  const cgroupsPath = cgroupsPathOf(paths, config, id);
  if (cgroupsPath !== "") takeCgroupBack(cgroupsPath, config);
  removeRuntimeDirectory(directory);
  const { record } = readBundle(config, undefined);
  // Without its frozen config the container counts as never run, so that a prune takes it.
  if (record !== undefined) rmSync(join(record, CONTAINER_FILE.config), { force: true });
}

function takeCgroupBack(path: string, config: OciConfig): void {
  const hierarchies = findHierarchies();
  const directories = hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, path));
  const scope = wantedScope({ path, directories }, config);
  if (scope === undefined) removeCgroup(hierarchies, path, { kill: true });
  else stopScope(scope.unit, directories[0] ?? "");
}

function teardownOf({ directories, scope }: ContainerCgroup): Pick<TeardownContext, "cgroups" | "stopScope"> {
  return { cgroups: directories, ...(scope === undefined ? {} : { stopScope: stopScopeCommand(scope.unit) }) };
}

/**
 * A container may be created of a config without a process; it cannot be started then (runtime.md#create, #start). Its own
 * waits for that start, which is refused.
 */
function withProcess(config: OciConfig, { waitForStart }: CreateOptions): OciConfig {
  if ((config.process ?? null) !== null || !waitForStart) return config;
  return { ...config, process: { user: { uid: 0, gid: 0 }, args: [], cwd: "/" } };
}

function planContext(paths: HostPaths, config: OciConfig, making: Making, cgroup: ContainerCgroup): PlanContext {
  const { directory, id, waitForStart, trace, caller, found, monitored, stays, keep } = making;
  const seccomp = config.linux?.seccomp;
  const messages = logOptions();
  checkSecurityModules(config, config.process);
  return {
    id,
    bundle: found.directory,
    ...(found.overlay === undefined ? {} : { overlay: found.overlay }),
    cgroupJoinFiles: cgroup.joinFiles,
    cgroups: cgroup.view,
    hostNamespaces: findHostNamespaces(config),
    ...(cgroup.memoryEvents === undefined ? {} : { memoryEvents: cgroup.memoryEvents }),
    ...(cgroup.deviceProgram === undefined ? {} : { deviceProgram: cgroup.deviceProgram }),
    ...(cgroup.scope === undefined ? {} : { scopeHolder: cgroup.scope.holder }),
    ...(seccomp === undefined || seccomp === null ? {} : { seccomp: compileSeccomp(paths, seccomp) }),
    ...(waitForStart ? startFifos(directory) : {}),
    ...(found.record === undefined ? {} : { exitFile: join(found.record, CONTAINER_FILE.exit) }),
    ...(monitored && found.record !== undefined ? { relay: relayOf(config, found.record, directory) } : {}),
    messages,
    caller,
    record: { path: join(directory, RUNTIME_FILE.state), pieces: recordOf(config, making, cgroup) },
    ...detachOf(making),
    noInput: isWithoutInput(config, making),
    teardown:
      stays && !keep ? planTeardown(config, { id, bundle: found.directory, directory, ...teardownOf(cgroup) }) : [],
    failure: [
      [siblingPath("mydocker-init"), ...runtimeOptions().flags, "abandon", `--log-format=${messages.format}`, "--", id],
    ],
    trace,
  };
}

function startFifos(directory: string): Pick<PlanContext, "startFifo" | "startAnswer"> {
  return { startFifo: join(directory, RUNTIME_FILE.start), startAnswer: join(directory, RUNTIME_FILE.answer) };
}

function relayOf(config: OciConfig, record: string, directory: string): NonNullable<PlanContext["relay"]> {
  return {
    log: join(record, CONTAINER_FILE.log),
    socket: join(directory, RUNTIME_FILE.attach),
    stdinOpen: getAnnotation(config, ANNOTATION.stdinOpen) === "true",
    stdinOnce: getAnnotation(config, ANNOTATION.stdinOnce) === "true",
  };
}

/** What ran, as it ran, beside the container's record. */
function freezeConfig(record: string, config: OciConfig): void {
  writeFileAtomic(join(record, CONTAINER_FILE.config), `${stringifyExact(config)}\n`);
}

/**
 * `run --detach` says which container it was, and `create` is silent. Without a monitor there is no second process, and
 * nothing is said: the caller's stdout is the container's.
 */
function detachOf({ monitored, waitForStart, id }: Making): { detach?: string } {
  if (!monitored) return {};
  return { detach: waitForStart ? "" : `${id}\n` };
}

/** A config of ours says whether stdin is wanted (`-i`); any other container has its caller's stdio, as with runc. */
function isWithoutInput(config: OciConfig, { foreground, found }: Making): boolean {
  return foreground && found.record !== undefined && getAnnotation(config, ANNOTATION.stdinOpen) !== "true";
}

function recordOf(config: OciConfig, { id, found, waitForStart, stays }: Making, cgroup: ContainerCgroup): string[] {
  const now = timestamp();
  return planRecord(
    {
      ociVersion: config.ociVersion,
      id,
      bundle: found.directory,
      rootfs: resolve(found.directory, config.root?.path ?? ""),
      created: now,
      ...(waitForStart ? {} : { started: now }),
      cgroupsPath: cgroup.path,
      cgroupJoinFiles: cgroup.joinFiles,
      ...(cgroup.freezer === undefined ? {} : { freezer: cgroup.freezer }),
      ...(cgroup.scope === undefined ? {} : { scope: cgroup.scope.unit }),
      ...(config.annotations === undefined ? {} : { annotations: config.annotations }),
    },
    { monitor: stays },
  );
}
