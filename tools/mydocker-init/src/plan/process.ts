import type { OciLinux, OciProcess } from "@mydocker/oci";
import { type CapabilityMasks, capabilityMasks } from "./capabilities.ts";
import { planLimits } from "./limits.ts";
import { type Operation, operation } from "./operations.ts";
import { planMemoryPolicy, planScheduling } from "./scheduling.ts";

export interface ProcessContext {
  /** The operation that sets the filter, if there is one. */
  filter: Operation[];
  /** `create`: wait for `start` before the command is executed. */
  waitForStart: boolean;
  /** What is run right before the command, under all the restrictions that are the command's. */
  startHooks: Operation[];
  linux: OciLinux | undefined;
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** personality(2) */
const DOMAINS: Record<string, number> = { LINUX: 0, LINUX32: 8 };

/**
 * The operations that turn a process in the container's namespaces into the user's command. The order is what the
 * kernel wants, and behind a filter comes as little as can be, for it may forbid it.
 */
export function planProcess(process: OciProcess, context: ProcessContext): Operation[] {
  const { user, cwd, args } = process;
  const { filter, linux } = context;
  // A config that says nothing of capabilities gives none, as runc and crun have it; not all those of the runtime.
  const masks = capabilityMasks(process.capabilities ?? {});
  const environment = process.env ?? [];
  const personality = linux?.personality;
  const confined = planConfinement(masks, process.noNewPrivileges === true, filter);
  return [
    ...planMemoryPolicy(linux?.memoryPolicy),
    ...planScheduling(process),
    ...(personality === undefined || personality === null
      ? []
      : [operation("personality", DOMAINS[personality.domain] ?? 0)]),
    ...planLimits(process.rlimits ?? []),
    operation("bounding", masks.bounding),
    ...planEnvironment(environment, user?.uid ?? 0),
    operation("user", user?.uid ?? 0, user?.gid ?? 0, ...(user?.additionalGids ?? [])),
    ...(user?.umask === undefined || user.umask === null ? [] : [operation("umask", user.umask)]),
    operation("directory", cwd),
    ...args.slice(0, 1).map((name) => operation("find-command", name, searchPath(environment))),
    ...confined.atCreation,
    ...(context.waitForStart ? [operation("wait-start")] : []),
    ...confined.atStart,
    ...context.startHooks,
    operation("execute", ...args),
  ];
}

/**
 * no_new_privs, the capabilities and the filter. A filter can be set with CAP_SYS_ADMIN or with no_new_privs: so with the
 * latter it comes last, and without before the capabilities are dropped. One that notifies an agent is set when the
 * container is created, as runc does it: the agent is not to wait for a start.
 */
function planConfinement(
  masks: CapabilityMasks | undefined,
  noNewPrivileges: boolean,
  filter: Operation[],
): { atCreation: Operation[]; atStart: Operation[] } {
  const capabilities =
    masks === undefined
      ? []
      : [operation("capabilities", masks.effective, masks.permitted, masks.inheritable, masks.ambient)];
  const notifies = filter.some(({ name }) => name === "seccomp-notify");
  if (noNewPrivileges) {
    const all = [operation("no-new-privileges"), ...capabilities, ...filter];
    return notifies ? { atCreation: all, atStart: [] } : { atCreation: [], atStart: all };
  }
  return notifies
    ? { atCreation: filter, atStart: capabilities }
    : { atCreation: [], atStart: [...filter, ...capabilities] };
}

/** Without HOME, or with an empty one, it is the user's in the container's /etc/passwd, as runc and with it docker have it. */
function planEnvironment(environment: readonly string[], uid: number): Operation[] {
  const isHome = (variable: string) => variable.startsWith("HOME=");
  if (environment.some((variable) => isHome(variable) && variable !== "HOME=")) {
    return [operation("environment", ...environment)];
  }
  return [operation("environment", ...environment.filter((variable) => !isHome(variable))), operation("home", uid)];
}

function searchPath(environment: readonly string[]): string {
  return environment.findLast((variable) => variable.startsWith("PATH="))?.slice("PATH=".length) ?? DEFAULT_PATH;
}

/** A terminal of its own for the process, or just a session. */
export function planSession(process: OciProcess | undefined, console: boolean): Operation {
  if (process?.terminal !== true) return operation("session");
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  return operation("terminal", console ? 1 : 0, height, width);
}
