// Shows a command and runs it, in the shell a user would type it into.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ask, WORKSPACE } from "../setup/run.mjs";

/** The environment with dist/bin first in PATH, as after an installation. */
export function toolEnvironment() {
  return { ...process.env, PATH: `${join(WORKSPACE, "dist/bin")}:${process.env.PATH}` };
}

/** Prints title and command, runs it with our stdout and stderr, and returns whether it succeeded. */
export function show(title, command, env) {
  process.stdout.write(`\n# ${title}\n$ ${command}\n`);
  const { status } = spawnSync("bash", ["-o", "pipefail", "-c", command], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.stdout.write(`(exit code ${status})\n`);
  return status === 0;
}

export function quietly(command, env) {
  return ask("bash", ["-c", command], { env });
}
