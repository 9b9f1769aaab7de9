import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { become, MydockerError, shimPath, systemError } from "@mydocker/stage";
import { temporaryName } from "@mydocker/state";
import { encodePlan } from "./plan/encode.ts";
import type { Plan } from "./plan/operations.ts";

/**
 * Replaces this process with the shim and its plan. From here on the shim speaks to the user itself, ends with the exit
 * code, and gets the signals; nothing of the runtime stays in memory.
 *
 * @param directory where the plan is written; the shim unlinks it as soon as it is open. A plan holds an environment, so
 * nobody else may read it.
 * @throws MydockerError where the shim cannot be executed: then nothing of the plan has been done
 */
export function becomeShim(role: "run" | "create" | "enter", plan: Plan, directory: string): never {
  const path = join(directory, temporaryName("plan"));
  try {
    writeFileSync(path, encodePlan(plan), { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw systemError(`write ${path}`, error);
  }
  try {
    const kept = Number(plan.find(({ name }) => name === "keep-descriptors")?.args[0] ?? 0);
    return become(shimPath(), [shimPath(), role, "--plan-file", path], { kept });
  } catch (error) {
    rmSync(path, { force: true });
    if (!(error instanceof MydockerError)) throw error;
    throw new MydockerError(error.message, { code: "SHIM_MISSING", hint: "npm run build", cause: error });
  }
}
