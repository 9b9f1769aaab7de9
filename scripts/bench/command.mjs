import { spawnSync } from "node:child_process";
import { SetUpError } from "../setup/run.mjs";

/** Runs a command to its end and returns what it said on stdout. Throws SetUpError where it fails. */
export function requireSuccess([program, ...args], options = {}) {
  const result = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
  if (result.error !== undefined) throw new SetUpError(`${program}: ${result.error.message}`);
  if (result.status === 0) return result.stdout;
  const why = result.stderr.trim().split("\n").at(-1);
  throw new SetUpError(`${program} ${args.join(" ")}: ${why || `exit code ${result.status ?? result.signal}`}`);
}

/** Runs a command whose failure does not matter: clean-up of what may not be there. */
export function attempt([program, ...args]) {
  return spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
