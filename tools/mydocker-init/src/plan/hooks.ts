import type { OciConfig, OciHook, OciHooks, OciState, OciStatus } from "@mydocker/oci";
import { INVERSE, siblingPath } from "@mydocker/stage";
import { type Operation, type OperationName, operation } from "./operations.ts";

/** What the state object of a hook (runtime.md#state) holds that the config does not say. */
export interface HookContext {
  id: string;
  /** Absolute. */
  bundle: string;
}

type HookKind = keyof OciHooks;

/**
 * The hooks between the container's mounts and pivot_root: prestart and createRuntime, which the child has its parent
 * run, and createContainer, which the child runs itself.
 */
export function planCreateHooks(config: OciConfig, context: HookContext): Operation[] {
  return [
    ...planKind("runtime-hook", "prestart", "creating", config, context),
    ...planKind("runtime-hook", "createRuntime", "creating", config, context),
    ...planKind("container-hook", "createContainer", "creating", config, context),
  ];
}

/** The hooks between `start` and the command, with all that the command is allowed and no more. */
export function planStartHooks(config: OciConfig, context: HookContext): Operation[] {
  return planKind("container-hook", "startContainer", "created", config, context);
}

/** The hooks that follow when the command has been executed. */
export function planStartedHooks(config: OciConfig, context: HookContext): Operation[] {
  return planKind("started-hook", "poststart", "running", config, context);
}

/** The poststop hooks of a container that has ended. */
export function planStopHooks(config: OciConfig, context: HookContext): Operation[] {
  return planKind("hook", "poststop", "stopped", config, context);
}

/**
 * The poststop hooks of a container that could not be made: the shim runs them if other hooks had begun, for those may
 * have made something (runtime.md#lifecycle: on their failure the lifecycle goes on with its last steps).
 */
export function planUndoHooks(config: OciConfig, context: HookContext): Operation[] {
  const hooks = config.hooks ?? {};
  const begun = [hooks.prestart, hooks.createRuntime, hooks.createContainer, hooks.startContainer, hooks.poststart];
  if (begun.every((list) => (list ?? []).length === 0)) return [];
  return planKind("undo-hook", "poststop", "stopped", config, context);
}

function planKind(
  name: OperationName,
  kind: HookKind,
  status: OciStatus,
  config: OciConfig,
  context: HookContext,
): Operation[] {
  const hooks = config.hooks?.[kind] ?? [];
  if (hooks.length === 0) return [];
  const [before, after] = statePieces(config, context, status);
  return groupHooks(hooks).flatMap((group) =>
    group.map(({ path, args, env, timeout }, index) => {
      const named = args === undefined || args === null || args.length === 0 ? [path] : args;
      const beside = index > 0 && kind === "poststop" ? 1 : 0;
      return operation(name, kind, path, timeout ?? 0, beside, before, after, named.length, ...named, ...(env ?? []));
    }),
  );
}

/** The state object as text, in two pieces: the pid, which nobody knows yet, belongs between them. */
export function statePieces(config: OciConfig, { id, bundle }: HookContext, status: OciStatus): [string, string] {
  const { ociVersion, annotations } = config;
  const state: Omit<OciState, "pid" | "bundle"> = { ociVersion, id, status };
  const rest = { bundle, ...(annotations === undefined ? {} : { annotations }) };
  return [`${JSON.stringify(state).slice(0, -1)},"pid":`, `,${JSON.stringify(rest).slice(1)}`];
}

/**
 * The order of hooks is kept, but for neighbours that are inverses of our own: they undo things that have nothing to do
 * with each other, so they run at the same time, which takes 15 ms off the end of every container.
 */
export function groupHooks(hooks: readonly OciHook[]): OciHook[][] {
  const groups: OciHook[][] = [];
  for (const hook of hooks) {
    const last = groups.at(-1);
    if (last?.every(isInverse) === true && isInverse(hook)) last.push(hook);
    else groups.push([hook]);
  }
  return groups;
}

function isInverse(hook: OciHook): boolean {
  return Object.entries(INVERSE).some(([tool, verb]) => hook.path === siblingPath(tool) && hook.args?.[1] === verb);
}
