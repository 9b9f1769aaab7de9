import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OciSeccomp } from "@mydocker/oci";
import { MydockerError, shimPath, unlessErrno } from "@mydocker/stage";
import { type HostPaths, makePrivateDirectory, writeFileAtomic } from "@mydocker/state";
import { encodePlan } from "../plan/encode.ts";
import { planSeccomp, seccompFlags } from "./rules.ts";

/** Changes whenever the same profile would compile to another filter. */
const COMPILER_VERSION = "1";

/**
 * The filter of a profile. libseccomp takes milliseconds over docker's profile and always comes to the same result, so
 * the result is kept under its profile's hash.
 */
export function compileSeccomp(paths: HostPaths, seccomp: OciSeccomp): { filter: Uint8Array; flags: number } {
  const flags = seccompFlags(seccomp);
  const key = createHash("sha256")
    .update(`${COMPILER_VERSION} ${process.arch} ${JSON.stringify(seccomp)}`)
    .digest("hex");
  const directory = join(paths.root, "cache", "seccomp");
  const cached = join(directory, `${key}.bpf`);
  const known = unlessErrno(["ENOENT"], () => readFileSync(cached));
  if (known !== undefined) return { filter: known, flags };
  const filter = compile(seccomp);
  makePrivateDirectory(directory);
  writeFileAtomic(cached, filter, { durable: true });
  return { filter, flags };
}

function compile(seccomp: OciSeccomp): Uint8Array {
  const plan = encodePlan(planSeccomp(seccomp));
  try {
    return execFileSync(shimPath(), ["seccomp", "--plan-fd", "0"], { input: plan, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    const text = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new MydockerError(`linux.seccomp: cannot be compiled: ${text}`, { code: "SECCOMP", cause: error });
  }
}
