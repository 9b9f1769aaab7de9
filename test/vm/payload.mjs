// The second disk of a virtual machine: what is tested, and who runs it there.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageSettings } from "./host-settings.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const workspace = join(here, "../..");

/** What vitest needs of the workspace to run a suite. */
const WORKSPACE_PARTS = [
  ...["package.json", "tsconfig.base.json", "vitest.config.ts"],
  ...["dist", "node_modules", "packages", "test", "tools"],
];

/** Build outputs and tools that nothing calls there: half a gigabyte. */
const LEFT_OUT = [
  ...["dist/shim", "dist/engine", "dist/system", ".turbo", "*.o"],
  ...["@biomejs+cli-*", "@oven+bun-*", "@turbo+linux-*", "@typescript+typescript-*"].map((name) => `.pnpm/${name}`),
];

/** What is the guest's own, of the libraries that a Node is linked to: the host's may want a newer kernel or loader. */
const OF_THE_GUEST = /\/(ld-linux-.*|lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+))\.so(\.\d+)?$/;

/**
 * Makes the payload of the test host: the working tree as it stands, built, with its npm packages and the host's Node.
 *
 * @param {string} directory where the disk is made
 * @returns {string} the disk's path
 */
export function workspacePayload(directory) {
  return makeDisk(directory, (tree) => {
    const work = join(tree, "work");
    mkdirSync(work);
    const exclude = LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
    copyTree(workspace, WORKSPACE_PARTS, work, exclude);
    copyNode(join(tree, "node"));
  });
}

/**
 * Makes the payload of a fresh machine: a repository to clone HEAD from, a Node with npm, and how to reach package mirrors.
 *
 * @param {string} directory where the disk is made
 * @param {string} suite of Debian
 * @returns {string} the disk's path
 */
export function freshPayload(directory, suite) {
  return makeDisk(directory, (tree) => {
    execFileSync("git", ["bundle", "create", "--quiet", join(tree, "repository.bundle"), "HEAD"], { cwd: workspace });
    copyNode(join(tree, "node"));
    const npm = dirname(dirname(execFileSync("readlink", ["-f", which("npm")], { encoding: "utf8" }).trim()));
    cpSync(npm, join(tree, "node/npm"), { recursive: true });
    for (const [path, text] of Object.entries(packageSettings(suite))) {
      const file = join(tree, "host", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  });
}

function makeDisk(directory, fill) {
  const [tree, disk] = [join(directory, "payload"), join(directory, "payload.disk")];
  mkdirSync(tree);
  copyFileSync(join(here, "agent.sh"), join(tree, "agent.sh"));
  chmodSync(join(tree, "agent.sh"), 0o755);
  fill(tree);
  // A sparse file: what is not used takes no room. Nothing on it has to outlive a power cut, so it has no journal.
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-O", "^has_journal", "-d", tree, disk, "2G"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(tree, { recursive: true });
  return disk;
}

/** Other tests of the workspace run at the same time: what comes and goes there meanwhile is theirs (tar's exit code 1). */
function copyTree(from, parts, to, options) {
  const archive = join(to, "../tree.tar");
  const { status } = spawnSync("tar", ["-cf", archive, ...options, "-C", from, ...parts], { stdio: "ignore" });
  if (status !== 0 && status !== 1) throw new Error(`tar of ${from}: exit code ${status}`);
  execFileSync("tar", ["-xf", archive, "-C", to]);
  rmSync(archive);
}

/** The running Node, in `bin`, and in `lib` what the guest does not have of its libraries. */
function copyNode(directory) {
  const libraries = execFileSync("ldd", [process.execPath], { encoding: "utf8" }).match(/(?<==> )\S+/g) ?? [];
  for (const part of ["bin", "lib"]) mkdirSync(join(directory, part), { recursive: true });
  copyFileSync(process.execPath, join(directory, "bin/node"));
  for (const library of libraries.filter((path) => !OF_THE_GUEST.test(path))) cpSync(library, join(directory, "lib"));
}

function which(program) {
  return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
}
