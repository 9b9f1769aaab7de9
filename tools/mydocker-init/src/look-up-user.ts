import { type OciConfig, type ResolvedUser, resolveUser, UserError } from "@mydocker/oci";
import { shimPath, systemError, usageError } from "@mydocker/stage";
import type { ProcessIdentity } from "@mydocker/state";
import { startProgram } from "@mydocker/system/program";
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
async function runShim(plan: Buffer): Promise<string> {
  try {
    const shim = await startProgram({ file: shimPath(), args: ["enter", "--plan-fd", "0"], input: plan });
    const { code, stdout } = await shim.end();
    return code === 0 ? stdout.toString("utf8") : "";
  } catch (error) {
    throw systemError(`start ${shimPath()}`, error);
  }
}
