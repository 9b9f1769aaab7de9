// The list of installed files, one path a line, below the prefix; and writing and removing what is in such a list.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { SetUpError } from "../setup/run.mjs";

const MANIFEST = "share/mydocker/manifest";

export function manifestPath(prefix) {
  return join(prefix, MANIFEST);
}

/** The paths in a manifest. One that leads out of the prefix means that the file is not ours to obey. */
export function readManifest(prefix) {
  const paths = readFileSync(manifestPath(prefix), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const odd = paths.find((path) => path.startsWith("/") || path.split("/").includes(".."));
  if (odd !== undefined) throw new SetUpError(`${manifestPath(prefix)}: "${odd}" is not below ${prefix}`);
  return paths;
}

/** Puts files in place, the manifest first: whatever happens then, uninstalling finds all that is there. */
export function writeFiles(prefix, files) {
  const manifest = { path: MANIFEST, text: files.map(({ path }) => `${path}\n`).join("") };
  for (const file of [manifest, ...files]) writeOne(join(prefix, file.path), file);
}

/** Beside and renamed: a mydocker that runs keeps the file that it was started from. */
function writeOne(target, { source, link, text }) {
  const beside = `${target}.new`;
  mkdirSync(dirname(target), { recursive: true });
  rmSync(beside, { force: true });
  if (link !== undefined) symlinkSync(link, beside);
  else if (source === undefined) writeFileSync(beside, text, { mode: 0o644 });
  else {
    copyFileSync(source, beside);
    chmodSync(beside, (statSync(source).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
  renameSync(beside, target);
}

/** Removes files, and the directories that are empty without them; what is gone already is no problem. */
export function removeFiles(prefix, paths) {
  for (const path of paths) rmSync(join(prefix, path), { force: true });
  for (const path of paths) removeEmptyParents(prefix, dirname(path));
}

/** `bin`, `share` and their like are the system's: only what is below them goes. */
function removeEmptyParents(prefix, directory) {
  if (!directory.includes("/") && directory !== "libexec") return;
  try {
    rmdirSync(join(prefix, directory));
  } catch {
    return;
  }
  removeEmptyParents(prefix, dirname(directory));
}
