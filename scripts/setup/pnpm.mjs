// pnpm at the version that package.json names, without corepack (Node 25 no longer comes with it): npm puts it in .cache.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run, SetUpError, step, WORKSPACE } from "./run.mjs";

/** Returns the directory that has `pnpm`, installing it where that has not been done. */
export function pnpmDirectory() {
  const version = pnpmVersion();
  const prefix = join(WORKSPACE, `.cache/pnpm-${version}`);
  const directory = join(prefix, "node_modules/.bin");
  if (!existsSync(join(directory, "pnpm"))) {
    step(`Installing pnpm ${version} (in .cache)`);
    run("npm", ["install", "--prefix", prefix, "--no-save", "--loglevel=error", `pnpm@${version}`], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return directory;
}

/** The environment in which pnpm, and what the workspace installed, is found first. */
export function workspaceEnvironment() {
  const path = [pnpmDirectory(), join(WORKSPACE, "node_modules/.bin"), process.env.PATH].join(":");
  return { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
}

function pnpmVersion() {
  const { packageManager } = JSON.parse(readFileSync(join(WORKSPACE, "package.json"), "utf8"));
  const version = /^pnpm@(\d+\.\d+\.\d+)$/.exec(packageManager)?.[1];
  if (version === undefined)
    throw new SetUpError(`package.json: packageManager: expected pnpm@X.Y.Z, got ${packageManager}`);
  return version;
}
