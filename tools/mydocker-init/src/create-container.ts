import { rmSync } from "node:fs";
import { join } from "node:path";
import { findHierarchies, removeCgroup } from "@mydocker/cgroup";
import { ANNOTATION, getAnnotation, type OciConfig } from "@mydocker/oci";
import { MydockerError, siblingPath, usageError } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  type HostPaths,
  identifyProcess,
  type ProcessIdentity,
  RUNTIME_FILE,
  type RuntimeState,
  writeFileAtomic,
} from "@mydocker/state";
import { type Bundle, readBundle } from "./bundle.ts";
import { type ContainerCgroup, cgroupsPathOf, makeCgroup } from "./container-cgroup.ts";
import { checkHooks } from "./hooks.ts";
import { type PlanContext, planContainer } from "./plan/container-plan.ts";
import { makeRuntimeDirectory, removeRuntimeDirectory, writeRuntimeState } from "./runtime-directory.ts";
import { compileSeccomp } from "./seccomp/compile.ts";
import { handleEvent, type Shim, startShim } from "./shim.ts";
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
  trace: boolean;
}

/**
 * Makes a container: cgroup, runtime directory, then the shim with the plan. Returns when its command runs (or, with
 * `waitForStart`, when all is ready for it). A failure leaves nothing of it.
 */
export async function createContainer(paths: HostPaths, config: OciConfig, options: CreateOptions): Promise<Shim> {
  checkHooks(config);
  const bundle = readBundle(config, options.bundle);
  const monitored = bundle.record !== undefined && !options.foreground;
  if (config.process?.terminal === true && !monitored && !options.foreground) {
    throw usageError("process.terminal: a container that is left to itself needs a record to have a terminal", "run");
  }
  // The directory is the claim of the id: until it is ours, nothing of that id may be touched.
  makeRuntimeDirectory(options.directory, config);
  try {
    return await startAndRecord(paths, config, options, bundle, monitored);
  } catch (error) {
    removeCgroup(findHierarchies(), cgroupsPathOf(paths, config, options.id), { kill: true });
    removeRuntimeDirectory(options.directory);
    // Without its frozen config the container counts as never run, so that a prune takes it.
    if (bundle.record !== undefined) rmSync(join(bundle.record, CONTAINER_FILE.config), { force: true });
    throw error;
  }
}

function planContext(
  paths: HostPaths,
  config: OciConfig,
  options: CreateOptions,
  bundle: Bundle,
  cgroup: ContainerCgroup,
  monitored: boolean,
): PlanContext {
  const { directory, id, waitForStart, trace } = options;
  const seccomp = config.linux?.seccomp;
  return {
    bundle: bundle.directory,
    ...(bundle.overlay === undefined ? {} : { overlay: bundle.overlay }),
    cgroupJoinFiles: cgroup.joinFiles,
    cgroups: cgroup.view,
    ...(seccomp === undefined || seccomp === null ? {} : { seccomp: compileSeccomp(paths, seccomp) }),
    ...(waitForStart ? { startFifo: join(directory, RUNTIME_FILE.start) } : {}),
    ...(bundle.record === undefined ? {} : { exitFile: join(bundle.record, CONTAINER_FILE.exit) }),
    ...(monitored && bundle.record !== undefined ? { relay: relayOf(config, bundle.record, directory) } : {}),
    teardown: monitored ? [[siblingPath("mydocker-init"), "delete", "--force", "--from-monitor", id]] : [],
    trace,
  };
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
  writeFileAtomic(join(record, CONTAINER_FILE.config), `${JSON.stringify(config)}\n`);
}

async function startAndRecord(
  paths: HostPaths,
  config: OciConfig,
  options: CreateOptions,
  bundle: Bundle,
  monitored: boolean,
): Promise<Shim> {
  const cgroup = makeCgroup(paths, config, options.id);
  const plan = planContainer(config, planContext(paths, config, options, bundle, cgroup, monitored));
  if (bundle.record !== undefined) freezeConfig(bundle.record, config);
  const stays = monitored || options.foreground;
  const shim = startShim(stays ? "run" : "create", plan, stdioOf(config, bundle, options, monitored));
  let created = false;
  for await (const event of shim.events) {
    if (event.event === "created") {
      created = true;
      const monitor = stays ? identifyProcess(event.shim) : undefined;
      writeRuntimeState(options.directory, runtimeState(config, options, bundle, cgroup, event.pid, monitor));
      shim.permit();
    } else if (event.event === "ready") {
      break;
    } else {
      handleEvent(event);
    }
  }
  if (!created) {
    throw new MydockerError(`the shim ended with ${await shim.exited} before it made the container`, { code: "SHIM" });
  }
  return shim;
}

/** A config of ours says whether stdin is wanted (`-i`); any other container has its caller's stdio, as with runc. */
function stdioOf(config: OciConfig, bundle: Bundle, options: CreateOptions, monitored: boolean) {
  if (monitored) return { stdin: "ignore", output: "ignore" } as const;
  const closed = bundle.record !== undefined && getAnnotation(config, ANNOTATION.stdinOpen) !== "true";
  return { stdin: closed && options.foreground ? "ignore" : "inherit", output: "inherit" } as const;
}

function runtimeState(
  config: OciConfig,
  options: CreateOptions,
  bundle: Bundle,
  cgroup: ContainerCgroup,
  pid: number,
  monitor: ProcessIdentity | undefined,
): RuntimeState {
  const now = timestamp();
  return {
    ociVersion: config.ociVersion,
    id: options.id,
    init: identifyProcess(pid) ?? { pid, start: 0 },
    ...(monitor === undefined ? {} : { monitor }),
    bundle: bundle.directory,
    rootfs: config.root?.path ?? "",
    created: now,
    ...(options.waitForStart ? {} : { started: now }),
    cgroupsPath: cgroup.path,
    cgroupJoinFiles: cgroup.joinFiles,
    ...(config.annotations === undefined ? {} : { annotations: config.annotations }),
  };
}
