import type { OciResources } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import { type RuntimeState, readRuntimeConfig, writeRuntimeConfig } from "@mydocker/state";
import { attachDeviceProgram } from "./attach-devices.ts";
import { joinedHierarchies } from "./joined.ts";
import { planUpdate } from "./plan-update.ts";
import { updateScope } from "./systemd/scope.ts";
import { updateCgroup } from "./update.ts";

/**
 * Changes a container's limits, and notes them in the runtime's own copy of the config: the next change is judged together
 * with what is in force by then.
 *
 * @param directory the container's runtime directory
 */
export function updateContainer(directory: string, state: RuntimeState, change: OciResources): void {
  const config = readRuntimeConfig(directory);
  if (config === undefined) throw new MydockerError(`container ${state.id}: its config is gone`, { code: "NO_CONFIG" });
  const plan = planUpdate(joinedHierarchies(state), state.cgroupsPath, config.linux?.resources ?? {}, change);
  updateCgroup(plan);
  if (plan.deviceProgram !== undefined) attachDeviceProgram(plan.deviceProgram);
  if (state.scope !== undefined) updateScope(state.scope, plan.resources);
  writeRuntimeConfig(directory, { ...config, linux: { ...config.linux, resources: plan.resources } });
}
