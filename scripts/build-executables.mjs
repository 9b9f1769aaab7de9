// Compiles all tools into one multi-call executable and gives it its five names, in dist/bin. Run by Bun: its command line has
// no plugins, only its API has.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const bin = join(workspace, "dist/bin");
const names = ["mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"];

mkdirSync(bin, { recursive: true });
// Built beside and renamed, so that a running mydocker keeps the executable it was started from.
const built = join(bin, ".mydocker.new");
const source = join(workspace, "tools/mydocker/src");
const { success, logs } = await Bun.build({
  entrypoints: [
    join(source, "multicall.ts"),
    ...["mydocker", ...names].map((name) => join(source, "entries", `${name}.ts`)),
  ],
  target: "bun",
  minify: true,
  bytecode: true,
  // CommonJS: an ES module's bytecode takes 10 ms longer to start (docs/decisions.md). What is only legal in a module has
  // to go: yargs asks for it where it reads its own translations, which are compiled in.
  format: "cjs",
  define: {
    "import.meta.url": '"file:///"',
    "import.meta.resolve": "undefined",
    MYDOCKER_COMMIT: JSON.stringify(describeCommit()),
  },
  plugins: [ownFileSystem()],
  compile: {
    outfile: built,
    // An executable of Bun's reads .env and bunfig.toml of the directory it is called in, which may be anybody's: a .env there
    // would say where our programs and our state are.
    autoloadDotenv: false,
    autoloadBunfig: false,
    // No tool lives long enough for compiled code to pay: without the compilers' threads each takes a tenth less time.
    jitPolicy: 100,
  },
});
if (!success) throw new AggregateError(logs, "the bundle could not be made");
renameSync(built, join(bin, "mydocker"));
for (const name of names) {
  rmSync(join(bin, name), { force: true });
  symlinkSync("mydocker", join(bin, name));
}

/** Our sources get packages/system in place of node:fs, which takes 5 ms to load (docs/decisions.md). */
function ownFileSystem() {
  const own = JSON.stringify(join(workspace, "packages/system/src/fs.ts"));
  return {
    name: "packages/system in place of node:fs",
    setup(build) {
      // Bun resolves its own modules before it asks a plugin (onResolve), so the sources are changed as they are read.
      build.onLoad({ filter: /\/(tools|packages)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
        loader: "ts",
        contents: (await Bun.file(path).text()).replaceAll(/^(import {[^}]*}) from "node:fs";$/gm, `$1 from ${own};`),
      }));
    },
  };
}

/** What `--version` says; sources that came without their history have none. */
function describeCommit() {
  try {
    const call = { cwd: workspace, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12"], call).trim();
  } catch {
    return "unknown";
  }
}
