// The list of installed files, one path a line, below the prefix, and of the directories made for them, with a slash at
// the end; and writing and removing what is in such a list.
import {
  chmodSync,
  copyFileSync,
  existsSync,
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

/** `{ files, directories }` of a manifest; both empty where there is none. A path that leads out of the prefix means that the file is not ours to obey. */
export function readManifest(prefix) {
  if (!existsSync(manifestPath(prefix))) return { files: [], directories: [] };
  const paths = readFileSync(manifestPath(prefix), "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const odd = paths.find((path) => path.startsWith("/") || path.split("/").includes(".."));
  if (odd !== undefined) throw new SetUpError(`${manifestPath(prefix)}: "${odd}" is not below ${prefix}`);
  const isDirectory = (path) => path.endsWith("/");
  return { files: paths.filter((path) => !isDirectory(path)), directories: paths.filter(isDirectory) };
}

/**
 * Puts files in place, the manifest first: whatever happens then, uninstalling finds all that is there.
 *
 * @param directories those that an earlier installation has made
 */
export function writeFiles(prefix, files, directories) {
  const made = missingDirectories(prefix, [MANIFEST, ...files.map(({ path }) => path)]);
  const lines = [...files.map(({ path }) => path), ...new Set([...directories, ...made])];
  const manifest = { path: MANIFEST, text: lines.map((line) => `${line}\n`).join("") };
  for (const file of [manifest, ...files]) writeOne(join(prefix, file.path), file);
}

/** Directories that these files need and that are not there, with a slash at the end. */
function missingDirectories(prefix, paths) {
  const parents = paths.flatMap((path) =>
    path
      .split("/")
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join("/")),
  );
  return [...new Set(parents)].filter((path) => !existsSync(join(prefix, path))).map((path) => `${path}/`);
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

/** Removes files; what is gone already is no problem. */
export function removeFiles(prefix, paths) {
  for (const path of paths) rmSync(join(prefix, path), { force: true });
}

/** Removes everything that a manifest lists, the manifest, and the directories it lists where nothing else is in them. */
export function removeInstallation(prefix, { files, directories }) {
  removeFiles(prefix, [...files, MANIFEST]);
  for (const directory of [...directories].sort().reverse()) {
    try {
      rmdirSync(join(prefix, directory));
    } catch {
      // Somebody else has put something there.
    }
  }
}
