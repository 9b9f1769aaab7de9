import { findHierarchies } from "@mydocker/cgroup";
import type { OciConfig, OciProcess } from "@mydocker/oci";
import { defineCommand, type FlagValues, logOptions, MydockerError, usageError } from "@mydocker/stage";
import { hostPaths, readRuntimeConfig } from "@mydocker/state";
import { becomeShim } from "../become-shim.ts";
import { readCaller } from "../caller-flags.ts";
import { type FoundContainer, requireContainer } from "../container-state.ts";
import { processOfFile, processOfRequest } from "../exec-process.ts";
import type { Caller } from "../plan/caller.ts";
import { planExec } from "../plan/exec-plan.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import { checkSecurityModules } from "../security-modules.ts";
import { subCgroupFiles } from "../sub-cgroup.ts";
import { EXEC_FLAGS } from "./exec-flags.ts";

export const command = defineCommand({
  summary: "Run one more command in a running container.",
  usage: "[OPTIONS] ID COMMAND [ARG...], or with --process: [OPTIONS] ID",
  examples: [
    "mydocker-init exec -t my-container sh",
    "mydocker-init exec -e A=1 -w /tmp my-container env",
    "mydocker-init exec --process process.json --detach --pid-file pid my-container",
  ],
  flags: EXEC_FLAGS,
  args: { min: 1 },
  flagsFirst: true,
  async run({ flags, args }) {
    if (flags.process === undefined) return exec(flags, args);
    try {
      return await exec(flags, args);
    } catch (error) {
      // As runc has it, so that an engine can tell it from the command's own.
      if (!(error instanceof MydockerError)) throw error;
      const { code, hint, cause } = error;
      throw new MydockerError(error.message, {
        code,
        cause,
        exitCode: CALL_FAILED,
        ...(hint === undefined ? {} : { hint }),
      });
    }
  },
});

const CALL_FAILED = 255;

type ExecFlags = FlagValues<typeof EXEC_FLAGS>;

async function exec(flags: ExecFlags, args: string[]): Promise<never> {
  const [id = "", ...command] = args;
  if (flags.process === undefined && command.length === 0) throw usageError("expected a command, or --process FILE");
  const container = requireContainer(hostPaths(), id);
  requireRunning(container, flags["ignore-paused"]);
  const config = readRuntimeConfig(container.directory);
  if (config?.process === undefined)
    throw new MydockerError(`container ${id}: its config is gone`, { code: "NO_CONFIG" });
  const process = await execProcess(flags, command, config, config.process, container);
  const caller = readCaller(flags);
  checkTerminal(flags, caller, process);
  return becomeExec(config, process, container, caller, flags);
}

function requireRunning({ state, status }: FoundContainer, ignorePaused: boolean): void {
  if (status === "running" || (status === "paused" && ignorePaused)) return;
  const what = status === "paused" ? "container is paused" : "container not running";
  throw new MydockerError(`${what}: ${state.id}`, { code: "NOT_RUNNING", exitCode: 1 });
}

function execProcess(
  flags: ExecFlags,
  command: string[],
  config: OciConfig,
  base: OciProcess,
  { state }: FoundContainer,
): OciProcess | Promise<OciProcess> {
  const request = {
    command,
    tty: flags.tty,
    env: flags.env,
    cwd: flags.cwd ?? flags.workdir,
    user: flags.user,
    additionalGids: flags["additional-gids"],
    capabilities: flags.cap,
    noNewPrivileges: flags["no-new-privs"],
    apparmor: flags.apparmor,
    label: flags["process-label"],
  };
  if (flags.process === undefined) return processOfRequest(config, base, state.init, request);
  return processOfFile(flags.process, base, request);
}

/** Called as engines call a runtime, and not as people do: then stdio is the caller's, whatever the flags. */
function isEngine(flags: ExecFlags): boolean {
  const { process, "pid-file": pidFile, "console-socket": consoleSocket, "pidfd-socket": pidfdSocket } = flags;
  return [process, pidFile, consoleSocket, pidfdSocket].some((flag) => flag !== undefined);
}

function checkTerminal(flags: ExecFlags, { consoleSocket }: Caller, { terminal = false }: OciProcess): void {
  if (consoleSocket !== undefined && !terminal) throw usageError("--console-socket: the process has no terminal");
  if (consoleSocket !== undefined && !flags.detach) {
    throw usageError("--console-socket: the terminal stays with this command", "--detach");
  }
  if (terminal && flags.detach && consoleSocket === undefined && isEngine(flags)) {
    throw usageError("process.terminal: nobody would hold the terminal of a detached process", "--console-socket");
  }
}

function becomeExec(
  config: OciConfig,
  process: OciProcess,
  { state, directory }: FoundContainer,
  caller: Caller,
  flags: ExecFlags,
): never {
  const seccomp = config.linux?.seccomp;
  checkSecurityModules({}, process);
  const engine = isEngine(flags);
  const cgroupJoinFiles =
    flags.cgroup.length === 0
      ? state.cgroupJoinFiles
      : subCgroupFiles(state.cgroupJoinFiles, flags.cgroup, findHierarchies());
  const plan = planExec(config, process, {
    init: state.init,
    id: state.id,
    bundle: state.bundle,
    cgroupJoinFiles,
    ...(seccomp === undefined || seccomp === null ? {} : { seccomp: compileSeccomp(hostPaths(), seccomp) }),
    mode: flags.detach ? (engine ? "no-wait" : "background") : "wait",
    noInput: !engine && !flags.interactive && !flags.detach,
    caller: { ...caller, keyring: true },
    ...(flags.process === undefined ? {} : { failureCode: CALL_FAILED }),
    messages: logOptions(),
  });
  becomeShim("enter", plan, directory);
}
