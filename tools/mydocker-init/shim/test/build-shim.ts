import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds the shim, or its sanitized variant too. Test files run beside each other: one at a time builds. */
export function buildShim(...targets: ("all" | "sanitized" | "weakened" | "watched" | "fuzz")[]): void {
  const directory = fileURLToPath(new URL("..", import.meta.url));
  execFileSync("flock", [directory, "make", "-C", directory, "-s", "-j2", ...(targets.length > 0 ? targets : ["all"])]);
}
