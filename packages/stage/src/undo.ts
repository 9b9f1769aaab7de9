import type { OciConfig, OciHook } from "@mydocker/oci";
import { listStages } from "@mydocker/oci";
import { runProgram } from "./program.ts";
import { siblingPath } from "./sibling.ts";

/** The verb that undoes what a tool did to a container; every one is idempotent and takes the container's id. */
export const INVERSE: Record<string, string> = {
  "mydocker-image": "release",
  "mydocker-net": "detach",
  "mydocker-cgroup": "remove",
  "mydocker-init": "delete",
};

/**
 * Undoes what the stages before this one made, last first. A stage that fails calls this, so a pipeline typed by hand
 * leaves as little behind as one that the front end runs.
 *
 * @returns one message per inverse that failed itself; `gc` finds what that leaves
 */
export async function undoStages(config: OciConfig, id: string): Promise<string[]> {
  const problems: string[] = [];
  for (const tool of listStages(config).reverse()) {
    const verb = INVERSE[tool];
    if (verb === undefined) continue;
    const result = await runProgram(siblingPath(tool), [verb, ...(verb === "delete" ? ["--force"] : []), "--", id]);
    if (result.code !== 0) problems.push(`${tool} ${verb} ${id}: ${result.stderr.trim()}`);
  }
  return problems;
}

/** The inverse of `tool` as an OCI poststop hook, so that any OCI runtime undoes it when the container is deleted. */
export function inverseHook(tool: string): OciHook {
  const kept = Object.entries(process.env).filter(([key]) => key === "PATH" || key.startsWith("MYDOCKER_"));
  return {
    path: siblingPath(tool),
    args: [tool, INVERSE[tool] ?? ""],
    env: kept.map(([key, value]) => `${key}=${value ?? ""}`),
    timeout: 60,
  };
}

/** Returns `config` with the inverse of `tool` among its poststop hooks (once). */
export function withInverseHook(config: OciConfig, tool: string): OciConfig {
  const hook = inverseHook(tool);
  const others = (config.hooks?.poststop ?? []).filter((other) => other.path !== hook.path);
  return { ...config, hooks: { ...config.hooks, poststop: [...others, hook] } };
}
