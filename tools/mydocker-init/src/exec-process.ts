import { readFileSync } from "node:fs";
import { ConfigError, type OciConfig, type OciProcess, parseProcess } from "@mydocker/oci";
import { MydockerError, systemError, usageError } from "@mydocker/stage";
import type { ProcessIdentity } from "@mydocker/state";

/** What a command line changes of the container's own process. */
export interface ExecRequest {
  command: string[];
  tty: boolean;
  env: string[];
  cwd: string | undefined;
  user: string | undefined;
  additionalGids: string[];
  capabilities: string[];
  noNewPrivileges: boolean;
  apparmor: string | undefined;
  label: string | undefined;
}

/** @param init the container's, in whose files a user is looked up */
export async function processOfRequest(
  config: OciConfig,
  base: OciProcess,
  init: ProcessIdentity,
  request: ExecRequest,
): Promise<OciProcess> {
  const { command, tty, env, user } = request;
  const process: OciProcess = {
    ...withOverrides(base, request),
    args: command,
    terminal: tty,
    env: mergeEnvironment(base.env ?? [], [...(tty ? ["TERM=xterm"] : []), ...env.flatMap(readVariable)]),
  };
  const asUser = user === undefined ? process : await withUser(config, process, init, user);
  return withCapabilities(withGroups(asUser, request.additionalGids), request.capabilities);
}

/**
 * The process of `--process FILE`. What it does not say of the container's security is the container's, as runc has it: a
 * process without `capabilities` must not have all of them.
 */
export function processOfFile(path: string, base: OciProcess, request: ExecRequest): OciProcess {
  const given = readProcess(path);
  return withOverrides(
    {
      ...given,
      terminal: given.terminal === true || request.tty,
      capabilities: given.capabilities ?? base.capabilities ?? NO_CAPABILITIES,
      ...inherited("rlimits", given, base),
      ...inherited("apparmorProfile", given, base),
      ...inherited("selinuxLabel", given, base),
    },
    request,
  );
}

const NO_CAPABILITIES = { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] };

function inherited<Key extends keyof OciProcess>(key: Key, given: OciProcess, base: OciProcess): Partial<OciProcess> {
  const value = given[key] ?? base[key];
  return value === undefined ? {} : { [key]: value };
}

function readProcess(path: string): OciProcess {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw systemError("--process", error);
  }
  try {
    return parseProcess(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new MydockerError(`process from ${path}: ${error.message}`, { code: "BAD_CONFIG" });
  }
}

function withOverrides(process: OciProcess, request: ExecRequest): OciProcess {
  const { cwd, noNewPrivileges, apparmor, label } = request;
  if (cwd !== undefined && !cwd.startsWith("/")) throw usageError(`--cwd: expected an absolute path, got "${cwd}"`);
  return {
    ...process,
    ...(cwd === undefined ? {} : { cwd }),
    ...(noNewPrivileges ? { noNewPrivileges } : {}),
    ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
    ...(label === undefined ? {} : { selinuxLabel: label }),
  };
}

async function withUser(
  config: OciConfig,
  process: OciProcess,
  init: ProcessIdentity,
  user: string,
): Promise<OciProcess> {
  // Loaded for this alone: it starts programs.
  const { lookUpUser } = await import("./look-up-user.ts");
  const { uid, gid, additionalGids } = await lookUpUser(config, init, user);
  // Another user than root has what the bounding set allows only through set-user-ID programs, as docker has it.
  const capabilities =
    uid === 0 || process.capabilities === undefined
      ? process.capabilities
      : { ...process.capabilities, effective: [], permitted: [], ambient: [] };
  return { ...process, user: { uid, gid, additionalGids }, ...(capabilities === undefined ? {} : { capabilities }) };
}

function withGroups(process: OciProcess, groups: string[]): OciProcess {
  if (groups.length === 0) return process;
  const added = groups.flatMap((text) => text.split(",")).map(readGroup);
  return { ...process, user: { ...process.user, additionalGids: [...(process.user.additionalGids ?? []), ...added] } };
}

/** A plain decimal: nothing around it, nothing that wraps (CVE-2026-30892). 4294967295 is the kernel's "no change". */
function readGroup(text: string): number {
  const gid = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(gid <= 4_294_967_294)) throw usageError(`--additional-gids: expected numbers, got "${text}"`);
  return gid;
}

/** Never to the inheritable set (CVE-2022-29162). */
function withCapabilities(process: OciProcess, names: string[]): OciProcess {
  if (names.length === 0) return process;
  const { bounding = [], effective = [], permitted = [] } = process.capabilities ?? {};
  return {
    ...process,
    capabilities: {
      ...process.capabilities,
      bounding: [...bounding, ...names],
      effective: [...effective, ...names],
      permitted: [...permitted, ...names],
    },
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
