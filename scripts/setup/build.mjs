// Runs turbo tasks with pnpm in PATH, which turbo calls for each package's script.
import { workspaceEnvironment } from "./pnpm.mjs";
import { ask, run } from "./run.mjs";

// Versions of what a build takes from the host: as part of turbo's key they make an upgraded library a reason to build.
const HOST_PACKAGES = ["busybox-static", "gcc", "libc6-dev", "libseccomp-dev", "musl-dev", "wabt"];

export function build() {
  turbo(["build"]);
}

/** @param tasks names of turbo tasks */
export function turbo(tasks) {
  run("turbo", ["run", ...tasks, "--output-logs=errors-only", "--log-order=grouped"], {
    env: { ...workspaceEnvironment(), MYDOCKER_BUILD_HOST: hostVersions() },
  });
}

function hostVersions() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  return ask("dpkg-query", ["--show", "--showformat=${Package}=${Version} ", ...HOST_PACKAGES]).stdout.trim();
}
