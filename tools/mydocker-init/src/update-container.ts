import { join } from "node:path";
import { attachDeviceProgram, planUpdate, updateCgroup } from "@mydocker/cgroup";
import type { OciResources } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import { RUNTIME_FILE, writeFileAtomic } from "@mydocker/state";
import { joinedHierarchies } from "./container-cgroup.ts";
import type { FoundContainer } from "./container-state.ts";
import { readRuntimeConfig } from "./runtime-directory.ts";
import { updateScope } from "./systemd-scope.ts";

/**
 * Changes a container's limits, and notes them in the runtime's own copy of the config: the next change is judged together
 * with what is in force by then.
 */
export function updateContainer({ directory, state }: FoundContainer, change: OciResources): void {
  const config = readRuntimeConfig(directory);
  if (config === undefined) throw new MydockerError(`container ${state.id}: its config is gone`, { code: "NO_CONFIG" });
  const plan = planUpdate(joinedHierarchies(state), state.cgroupsPath, config.linux?.resources ?? {}, change);
  updateCgroup(plan);
  if (plan.deviceProgram !== undefined) attachDeviceProgram(plan.deviceProgram);
  if (state.scope !== undefined) updateScope(state.scope, plan.resources);
  const updated = { ...config, linux: { ...config.linux, resources: plan.resources } };
  writeFileAtomic(join(directory, RUNTIME_FILE.config), `${JSON.stringify(updated)}\n`);
}
