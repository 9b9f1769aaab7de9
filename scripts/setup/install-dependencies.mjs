// The workspace's npm packages, as the lockfile has them; skipped while nothing that decides them has changed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { workspaceEnvironment } from "./pnpm.mjs";
import { run, step, WORKSPACE } from "./run.mjs";

const STAMP = join(WORKSPACE, "node_modules/.mydocker-installed");

export function installDependencies() {
  const wanted = digest();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === wanted) return;
  const env = workspaceEnvironment();
  step("Installing the workspace's packages (pnpm install --frozen-lockfile)");
  run("pnpm", ["install", "--frozen-lockfile", "--reporter=append-only"], {
    env: { ...env, CI: "true" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, wanted);
}

/** Over everything that `pnpm install` reads, and the Node it was installed for. */
function digest() {
  const members = ["packages", "tools"].flatMap((folder) =>
    readdirSync(join(WORKSPACE, folder)).map((name) => join(folder, name, "package.json")),
  );
  const hash = createHash("sha256").update(process.versions.node);
  for (const file of [
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "test/package.json",
    ...members.sort(),
  ]) {
    const path = join(WORKSPACE, file);
    if (existsSync(path)) hash.update(`\n${file}\n`).update(readFileSync(path));
  }
  return hash.digest("hex");
}
