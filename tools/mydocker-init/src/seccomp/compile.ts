import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type OciSeccomp, stringifyExact } from "@mydocker/oci";
import { MydockerError, seccompPath, systemError, unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory, readTextIfExists, writeFileAtomic } from "@mydocker/state";
import { type ProgramOutcome, runNow } from "@mydocker/system/program";
import { encodePlan } from "../plan/encode.ts";
import type { PlannedSeccomp } from "../plan/seccomp.ts";
import { listenerOf, planSeccomp, seccompFlags } from "./rules.ts";

/** Changes whenever the same profile would compile to another filter. */
const COMPILER_VERSION = 2;

/**
 * The filter of a profile. libseccomp takes milliseconds over docker's profile and always comes to the same result, so
 * the result is kept: beside the profile itself, which is compared whole, for a filter must never be another profile's.
 */
export function compileSeccomp(paths: HostPaths, seccomp: OciSeccomp): PlannedSeccomp {
  const listener = listenerOf(seccomp);
  const rest = { flags: seccompFlags(seccomp), ...(listener === undefined ? {} : { listener }) };
  // Of it only what makes a filter: the metadata for an agent is another for every container.
  const { defaultAction, defaultErrnoRet, architectures, syscalls } = seccomp;
  const made = { defaultAction, defaultErrnoRet, architectures, syscalls };
  const profile = stringifyExact([COMPILER_VERSION, process.arch, made]);
  const directory = join(paths.root, "cache", "seccomp");
  const entry = join(directory, shortHash(profile));
  if (readTextIfExists(`${entry}.json`) === profile) {
    const filter = unlessErrno(["ENOENT"], () => readFileSync(`${entry}.bpf`));
    if (filter !== undefined) return { filter, ...rest };
  }
  const filter = compile(seccomp);
  makePrivateDirectory(directory);
  // The profile goes away first and comes last: beside it is always its own filter.
  writeFileAtomic(`${entry}.json`, "", { durable: true });
  writeFileAtomic(`${entry}.bpf`, filter, { durable: true });
  writeFileAtomic(`${entry}.json`, profile, { durable: true });
  return { filter, ...rest };
}

function compile(seccomp: OciSeccomp): Uint8Array {
  const { code, signal, stdout, stderr } = runCompiler(encodePlan(planSeccomp(seccomp)));
  if (code === 0) return stdout;
  const why = stderr.toString("utf8").trim() || `${seccompPath()} ended with ${signal ?? code}`;
  throw new MydockerError(`linux.seccomp: cannot be compiled: ${why}`, { code: "SECCOMP" });
}

function runCompiler(plan: Uint8Array): ProgramOutcome {
  try {
    return runNow({ file: seccompPath(), args: ["seccomp", "--plan-fd", "0"], input: plan });
  } catch (error) {
    throw systemError(`start ${seccompPath()}`, error);
  }
}

/** FNV-1a, only to name a cache entry: node:crypto takes 4 ms to load. */
function shortHash(text: string): string {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
