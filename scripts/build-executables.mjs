// Compiles all tools into one multi-call executable and gives it its five names, in dist/bin. Run by Bun: its command line has
// no plugins, only its API has.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeBundles } from "./build/bundles.mjs";
import { ownFileSystem } from "./build/own-file-system.mjs";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const bin = join(workspace, "dist/bin");

// What is only legal in an ES module has to go: yargs asks for it where it reads its own translations, which are compiled in.
const define = {
  "import.meta.url": '"file:///"',
  "import.meta.resolve": "undefined",
  MYDOCKER_COMMIT: JSON.stringify(describeCommit()),
};

mkdirSync(bin, { recursive: true });
const bundles = mkdtempSync(join(workspace, "dist/bundles-"));
// Built beside and renamed, so that a running mydocker keeps the executable it was started from.
const built = join(bin, ".mydocker.new");
try {
  await compile(await makeBundles(workspace, bundles, define));
} finally {
  rmSync(bundles, { recursive: true });
}
renameSync(built, join(bin, "mydocker"));
for (const name of ["mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"]) {
  rmSync(join(bin, name), { force: true });
  symlinkSync("mydocker", join(bin, name));
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
    plugins: [ownFileSystem(workspace)],
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
