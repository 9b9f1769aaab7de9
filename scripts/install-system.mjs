// `npm run install-system` and `npm run uninstall-system` [PREFIX=/usr/local]: the executables, what they need and
// completions for three shells; a manifest remembers which files these were.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesToInstall } from "./install/files.mjs";
import { manifestPath, readManifest, removeFiles, writeFiles } from "./install/manifest.mjs";
import { main, SetUpError, step, WORKSPACE } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";

const PREFIX = process.env.PREFIX ?? "/usr/local";

await main(() => {
  if (!PREFIX.startsWith("/")) throw new SetUpError(`PREFIX: expected an absolute path, got "${PREFIX}"`);
  if (process.argv.includes("--uninstall")) uninstall();
  else install();
});

function install() {
  setUp(["build", "run"]);
  const files = filesToInstall(join(WORKSPACE, "dist"));
  // What an older version installed and this one does not have is removed; the rest is replaced.
  const old = existsSync(manifestPath(PREFIX)) ? readManifest(PREFIX) : [];
  writeFiles(PREFIX, files);
  removeFiles(
    PREFIX,
    old.filter((path) => !files.some((file) => file.path === path)),
  );
  step(`Installed ${files.length} files under ${PREFIX}; npm run uninstall-system takes them away again`);
}

function uninstall() {
  if (!existsSync(manifestPath(PREFIX))) return step(`Nothing is installed under ${PREFIX}`);
  const files = readManifest(PREFIX);
  removeFiles(PREFIX, [...files, "share/mydocker/manifest"]);
  step(`Removed ${files.length} files from ${PREFIX}; images and containers stay in /var/lib/mydocker`);
}
