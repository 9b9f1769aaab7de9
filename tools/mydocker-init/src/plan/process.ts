import type { OciProcess } from "@mydocker/oci";
import { capabilityMasks } from "./capabilities.ts";
import { planLimits } from "./limits.ts";
import { type Operation, operation } from "./operations.ts";

export interface ProcessContext {
  /** Compiled seccomp filter and the flags of seccomp(2). */
  seccomp?: { filter: Uint8Array; flags: number };
  /** `create`: wait for `start` before the command is executed. */
  waitForStart: boolean;
  /** What is run right before the command, under all the restrictions that are the command's. */
  startHooks?: Operation[];
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The operations that turn a process in the container's namespaces into the user's command. The order is what the
 * kernel wants: the filter needs CAP_SYS_ADMIN unless no_new_privs is set, hence it stands before the capabilities are
 * dropped, and behind everything that a strict filter could forbid.
 */
export function planProcess(process: OciProcess, context: ProcessContext): Operation[] {
  const { user } = process;
  // A config that says nothing of capabilities gives none, as runc and crun have it; not all those of the runtime.
  const masks = capabilityMasks(process.capabilities ?? {});
  const environment = process.env ?? [];
  return [
    ...planLimits(process.rlimits ?? []),
    operation("bounding", masks.bounding),
    operation("user", user?.uid ?? 0, user?.gid ?? 0, ...(user?.additionalGids ?? [])),
    ...(user?.umask === undefined ? [] : [operation("umask", user.umask)]),
    operation("directory", process.cwd),
    operation("environment", ...environment),
    ...process.args.slice(0, 1).map((name) => operation("find-command", name, searchPath(environment))),
    ...(context.waitForStart ? [operation("wait-start")] : []),
    ...(process.noNewPrivileges === true ? [operation("no-new-privileges")] : []),
    ...(context.seccomp === undefined ? [] : [operation("seccomp", context.seccomp.filter, context.seccomp.flags)]),
    operation("capabilities", masks.effective, masks.permitted, masks.inheritable, masks.ambient),
    ...(context.startHooks ?? []),
    operation("execute", ...process.args),
  ];
}

function searchPath(environment: readonly string[]): string {
  return environment.findLast((variable) => variable.startsWith("PATH="))?.slice("PATH=".length) ?? DEFAULT_PATH;
}

/** A terminal of its own for the process, or just a session. */
export function planSession(process: OciProcess, console: boolean): Operation {
  if (process.terminal !== true) return operation("session");
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  return operation("terminal", console ? 1 : 0, height, width);
}
