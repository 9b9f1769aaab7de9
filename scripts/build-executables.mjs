// Makes the executables of the tools: the small one, in dist/bin under five names, which runs the verbs in a hurry, and the whole one,
// in dist/libexec/mydocker. Run by Bun: its command line has no plugins, only its API has.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TOOLS } from "../tools/mydocker/src/hurried-verbs.ts";
import { makeBundles, wholeImports } from "./build/bundles.mjs";
import { makeSmallBundle } from "./build/small-bundle.mjs";
import { linkSmallExecutable } from "./build/small-executable.mjs";
import { makeSnapshot } from "./build/snapshot.mjs";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const bin = join(workspace, "dist/bin");
const libexec = join(workspace, "dist/libexec/mydocker");

// What is only legal in an ES module has to go: yargs asks for it where it reads its own translations, which are compiled in.
const define = {
  "import.meta.url": '"file:///"',
  "import.meta.resolve": "undefined",
  MYDOCKER_COMMIT: JSON.stringify(describeCommit()),
};

for (const directory of [bin, libexec]) mkdirSync(directory, { recursive: true });
if (existsSync(join(workspace, "dist/engine/engine.a"))) {
  const snapshot = await makeSnapshot(workspace, await makeSmallBundle(workspace, define));
  linkSmallExecutable(workspace, join(bin, "mydocker"), snapshot);
} else {
  // Without the small engine (packages/engine/native/Makefile) the whole executable does everything.
  link("../libexec/mydocker/mydocker-whole", join(bin, "mydocker"));
}
for (const name of TOOLS.filter((tool) => tool !== "mydocker")) {
  link("mydocker", join(bin, name));
}

const bundles = mkdtempSync(join(workspace, "dist/bundles-"));
// Built beside and renamed, so that a running mydocker keeps the executable it was started from.
const built = join(libexec, ".mydocker-whole.new");
try {
  await compile(await makeBundles(workspace, bundles, define));
} finally {
  rmSync(bundles, { recursive: true });
}
renameSync(built, join(libexec, "mydocker-whole"));

function link(target, path) {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

async function compile(files) {
  const { success, logs } = await Bun.build({
    entrypoints: [join(workspace, "tools/mydocker/src/multicall.ts"), ...files],
    // In the executable all are beside each other.
    naming: "[name].js",
    target: "bun",
    minify: true,
    bytecode: true,
    // CommonJS: an ES module's bytecode takes 10 ms longer to start (docs/decisions.md).
    format: "cjs",
    define,
    plugins: [wholeImports(workspace)],
    compile: {
      outfile: built,
      // An executable of Bun's reads .env and bunfig.toml of the directory it is called in, which may be anybody's: a .env there
      // would say where our programs and our state are.
      autoloadDotenv: false,
      autoloadBunfig: false,
      // No tool lives long enough for compiled code to pay. Measured: 100 is slower than none, 1000 is nearly as fast as no compilers at all.
      jitPolicy: 1000,
    },
  });
  if (!success) throw new AggregateError(logs, "the executable could not be made");
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
