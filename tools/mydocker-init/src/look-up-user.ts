import { spawn } from "node:child_process";
import { type OciConfig, type ResolvedUser, resolveUser, UserError } from "@mydocker/oci";
import { shimPath, systemError, usageError } from "@mydocker/stage";
import type { ProcessIdentity } from "@mydocker/state";
import { encodePlan } from "./plan/encode.ts";
import { planShowFile } from "./plan/exec-plan.ts";

/** No honest passwd is larger; a container's may be /dev/zero (CVE-2024-9676). */
const LIMIT = 1024 * 1024;

/**
 * Resolves a user by the running container's own files. The shim reads them from within the container, where a link
 * can lead nowhere else.
 */
export async function lookUpUser(config: OciConfig, init: ProcessIdentity, spec: string): Promise<ResolvedUser> {
  const [passwd, group] = await Promise.all(
    ["/etc/passwd", "/etc/group"].map((path) => runShim(encodePlan(planShowFile(config, init, path, LIMIT)))),
  );
  try {
    return resolveUser(spec, passwd ?? "", group ?? "");
  } catch (error) {
    if (error instanceof UserError) throw usageError(error.message);
    throw error;
  }
}

/** Runs the shim to its end and returns what it printed; "" where it failed (no such file). */
function runShim(plan: Buffer): Promise<string> {
  const child = spawn(shimPath(), ["enter", "--plan-fd", "0"], { stdio: ["pipe", "pipe", "ignore"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(plan);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(systemError(`start ${shimPath()}`, error)));
    child.once("close", (code) => resolve(code === 0 ? Buffer.concat(output).toString("utf8") : ""));
  });
}
