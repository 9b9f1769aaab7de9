// Compiles all tools into one multi-call executable and gives it its five names, in dist/bin.
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
// CommonJS: an ES module's bytecode takes 10 ms longer to start (docs/decisions.md). What is only legal in a module has
// to go: yargs asks for it where it reads its own translations, which are compiled in.
const format = ["--format=cjs", "--define", 'import.meta.url="file:///"', "--define", "import.meta.resolve=undefined"];
const commit = ["--define", `MYDOCKER_COMMIT=${JSON.stringify(describeCommit())}`];
const compile = ["build", "--compile", "--bytecode", "--minify", ...format, ...commit, "--outfile", built];
const source = join(workspace, "tools/mydocker/src");
const entries = ["mydocker", ...names].map((name) => join(source, "entries", `${name}.ts`));
execFileSync(join(workspace, "node_modules/.bin/bun"), [...compile, join(source, "multicall.ts"), ...entries], {
  stdio: ["ignore", "ignore", "inherit"],
});
renameSync(built, join(bin, "mydocker"));
for (const name of names) {
  rmSync(join(bin, name), { force: true });
  symlinkSync("mydocker", join(bin, name));
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
