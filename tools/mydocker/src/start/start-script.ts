import type { StageWords } from "@mydocker/state";
import { shellCommand } from "../shell-quote.ts";

/**
 * The stages behind `bundle`, which get the bundled config on stdin. No signal of a terminal's ends one half-way: whoever
 * waits for them undoes what they did.
 *
 * @param locate where an executable is
 */
export function startScript({ attach, apply }: StageWords, locate: (tool: string) => string): string {
  return [
    "trap '' HUP INT QUIT TERM",
    `${shellCommand([locate("mydocker-net"), "attach", ...attach])} |`,
    `  ${shellCommand([locate("mydocker-cgroup"), "apply", ...apply])} |`,
    `  ${shellCommand([locate("mydocker-init"), "create"])}`,
  ].join("\n");
}
