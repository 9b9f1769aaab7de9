import type { OciConfig, OciState } from "@mydocker/oci";
import { planStopHooks } from "./hooks.ts";
import { type Operation, operation } from "./operations.ts";

export interface TeardownContext {
  id: string;
  bundle: string;
  /** The container's runtime directory. */
  directory: string;
  /** The container's cgroup in every hierarchy; none where it has none of its own. */
  cgroups: string[];
  /** The command that has systemd take its scope away, where that is what the cgroup is. */
  stopScope?: string[];
}

/**
 * What the shim does when the container has ended: the poststop hooks, the cgroups, and last the runtime directory, by
 * which `gc` and `delete` find a container of which something is left.
 */
export function planTeardown(config: OciConfig, context: TeardownContext): Operation[] {
  const { id, bundle, directory, cgroups, stopScope } = context;
  return [
    ...planStopHooks(config, { id, bundle }),
    ...(stopScope === undefined ? [] : [operation("command", ...stopScope)]),
    ...(cgroups.length === 0 || stopScope !== undefined ? [] : [operation("remove-cgroups", ...cgroups)]),
    operation("remove-directory", directory),
  ];
}

/** The state object (runtime.md#state) of a container that has ended, as its poststop hooks get it. */
export function stoppedState(known: Pick<OciState, "ociVersion" | "id" | "bundle" | "annotations">): OciState {
  const { ociVersion, id, bundle, annotations } = known;
  return { ociVersion, id, status: "stopped", pid: 0, bundle, ...(annotations === undefined ? {} : { annotations }) };
}
