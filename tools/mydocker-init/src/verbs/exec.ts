import type { OciConfig, OciProcess } from "@mydocker/oci";
import { defineCommand, logOptions, MydockerError, usageError } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { becomeShim } from "../become-shim.ts";
import { type FoundContainer, requireContainer } from "../container-state.ts";
import { planExec } from "../plan/exec-plan.ts";
import { readRuntimeConfig } from "../runtime-directory.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import { checkSecurityModules } from "../security-modules.ts";

export const command = defineCommand({
  summary: "Run one more command in a running container.",
  usage: "[OPTIONS] ID COMMAND [ARG...]",
  examples: ["mydocker-init exec -t my-container sh", "mydocker-init exec -e A=1 -w /tmp my-container env"],
  flags: {
    interactive: { type: "boolean", short: "i", description: "Pass stdin on" },
    tty: { type: "boolean", short: "t", description: "Give the command a terminal" },
    detach: { type: "boolean", short: "d", description: "Return as soon as the command runs" },
    env: { type: "list", short: "e", value: "KEY=VALUE", description: "Set a variable" },
    workdir: { type: "string", short: "w", value: "DIR", description: "Working directory" },
    user: { type: "string", short: "u", value: "USER[:GROUP]", description: "Name or number" },
  },
  args: { min: 2 },
  flagsFirst: true,
  async run({ flags, args }) {
    const [id = "", ...command] = args;
    const container = requireContainer(hostPaths(), id);
    if (container.status !== "running") {
      throw new MydockerError(`container ${container.state.id} is not running`, { code: "NOT_RUNNING", exitCode: 1 });
    }
    const config = readRuntimeConfig(container.directory);
    if (config?.process === undefined)
      throw new MydockerError(`container ${id}: its config is gone`, { code: "NO_CONFIG" });
    const process = await execProcess(config, config.process, container, { ...flags, command });
    return becomeExec(config, process, container, flags.detach, flags.interactive);
  },
});

interface ExecRequest {
  command: string[];
  tty: boolean;
  env: string[];
  workdir: string | undefined;
  user: string | undefined;
}

/** The container's own process with what the command line changes. */
async function execProcess(
  config: OciConfig,
  base: OciProcess,
  container: FoundContainer,
  request: ExecRequest,
): Promise<OciProcess> {
  const { command, tty, env, workdir, user } = request;
  if (workdir !== undefined && !workdir.startsWith("/")) {
    throw usageError(`--workdir: expected an absolute path, got "${workdir}"`);
  }
  const process: OciProcess = {
    ...base,
    args: command,
    terminal: tty,
    env: mergeEnvironment(base.env ?? [], [...(tty ? ["TERM=xterm"] : []), ...env.flatMap(readVariable)]),
    ...(workdir === undefined ? {} : { cwd: workdir }),
  };
  if (user === undefined) return process;
  // Loaded for this alone: it starts programs.
  const { lookUpUser } = await import("../look-up-user.ts");
  const resolved = await lookUpUser(config, container.state.init, user);
  // Another user than root has what the bounding set allows only through set-user-ID programs, as docker has it.
  const capabilities =
    resolved.uid === 0 || process.capabilities === undefined
      ? process.capabilities
      : { ...process.capabilities, effective: [], permitted: [], ambient: [] };
  return {
    ...process,
    user: { uid: resolved.uid, gid: resolved.gid, additionalGids: resolved.additionalGids },
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}

/** `KEY=VALUE`, or `KEY` alone for the caller's own value (nothing when it has none). */
function readVariable(text: string): string[] {
  if (text === "" || text.startsWith("=")) throw usageError(`--env: expected KEY=VALUE or KEY, got "${text}"`);
  if (text.includes("=")) return [text];
  const value = process.env[text];
  return value === undefined ? [] : [`${text}=${value}`];
}

/** A later variable of the same name replaces the earlier one. */
function mergeEnvironment(base: readonly string[], added: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const variable of [...base, ...added]) merged.set(variable.split("=", 1)[0] ?? "", variable);
  return [...merged.values()];
}

function becomeExec(
  config: OciConfig,
  process: OciProcess,
  { state, directory }: FoundContainer,
  background: boolean,
  interactive: boolean,
): never {
  const seccomp = config.linux?.seccomp;
  checkSecurityModules({}, process);
  const plan = planExec(config, process, {
    init: state.init,
    id: state.id,
    bundle: state.bundle,
    cgroupJoinFiles: state.cgroupJoinFiles,
    ...(seccomp === undefined || seccomp === null ? {} : { seccomp: compileSeccomp(hostPaths(), seccomp) }),
    background,
    noInput: !interactive && !background,
    messages: logOptions(),
  });
  becomeShim("enter", plan, directory);
}
