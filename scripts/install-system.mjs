// `npm run install-system` and `npm run uninstall-system` [PREFIX=/usr/local]: the executables, what they need and
// completions for three shells; a manifest remembers which files these were. --no-set-up installs what dist/ has.
import { join } from "node:path";
import { filesToInstall } from "./install/files.mjs";
import { readManifest, removeFiles, removeInstallation, writeFiles } from "./install/manifest.mjs";
import { main, SetUpError, step, WORKSPACE } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

const PREFIX = process.env.PREFIX ?? "/usr/local";

await main(() => {
  if (!PREFIX.startsWith("/")) throw new SetUpError(`PREFIX: expected an absolute path, got "${PREFIX}"`);
  if (process.argv.includes("--uninstall")) uninstall();
  else install();
});

function install() {
  if (!process.argv.includes("--no-set-up")) setUp(["build", "run"]);
  const files = filesToInstall(join(WORKSPACE, "dist"));
  const old = readManifest(PREFIX);
  writeFiles(PREFIX, files, old.directories);
  // What an older version installed and this one does not have.
  removeFiles(
    PREFIX,
    old.files.filter((path) => !files.some((file) => file.path === path)),
  );
  step(`Installed ${files.length} files under ${PREFIX}; npm run uninstall-system takes them away again`);
}

function uninstall() {
  const installed = readManifest(PREFIX);
  if (installed.files.length === 0) return step(`Nothing is installed under ${PREFIX}`);
  removeInstallation(PREFIX, installed);
  step(`Removed ${installed.files.length} files from ${PREFIX}; images and containers stay in /var/lib/mydocker`);
}
