// Which files an installation consists of.
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { ask, SetUpError } from "../setup/run.mjs";

const TOOLS = ["mydocker", "mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"];

/** Where each shell looks for a tool's completions, below the prefix. */
const COMPLETIONS = {
  bash: (tool) => `share/bash-completion/completions/${tool}`,
  fish: (tool) => `share/fish/vendor_completions.d/${tool}.fish`,
  zsh: (tool) => `share/zsh/site-functions/_${tool}`,
};

/** Returns `{ path, source | link | text }` each; `path` is below the prefix. */
export function filesToInstall(dist) {
  const built = [
    ...TOOLS.map((tool) => `bin/${tool}`),
    "libexec/mydocker/mydocker-seccomp",
    "libexec/mydocker/mydocker-shim",
    "libexec/mydocker/mydocker-system.node",
    "libexec/mydocker/mydocker-whole",
    ...filesBelow(dist, "share/mydocker/images/busybox"),
  ];
  return [...built.map((path) => describe(dist, path)), ...completionFiles(dist)];
}

function describe(dist, path) {
  const source = join(dist, path);
  return lstatSync(source).isSymbolicLink() ? { path, link: readlinkSync(source) } : { path, source };
}

function filesBelow(dist, path) {
  return readdirSync(join(dist, path), { withFileTypes: true }).flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(dist, below) : [below];
  });
}

function completionFiles(dist) {
  return TOOLS.flatMap((tool) =>
    Object.entries(COMPLETIONS).map(([shell, place]) => {
      const { code, stdout, stderr } = ask(join(dist, "bin", tool), ["completion", shell]);
      if (code !== 0) throw new SetUpError(`${tool} completion ${shell}: ${stderr.trim()}`);
      return { path: place(tool), text: stdout };
    }),
  );
}
