// `npm test`: set up, check types and style, run every test, and end with one line that counts them.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { turbo } from "./setup/build.mjs";
import { workspaceEnvironment } from "./setup/pnpm.mjs";
import { main, SetUpError, step, WORKSPACE } from "./setup/run.mjs";
import { setUp } from "./setup/set-up.mjs";
import { countTests } from "./test/count-tests.mjs";

const REPORT = join(WORKSPACE, ".cache/test-report.json");

await main(() => {
  setUp(["build", "run", "test"]);
  step("Checking types and style (turbo run check //#lint)");
  turbo(["check", "//#lint"]);
  step("Running the tests (vitest)");
  const { status } = runTests(process.argv.slice(2));
  const { passed, failed, skipped, broken } = countTests(readReport());
  for (const file of broken) process.stdout.write(`did not run to its end: ${file}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (status !== 0 || failed > 0) process.exitCode = 1;
});

function runTests(filters) {
  mkdirSync(dirname(REPORT), { recursive: true });
  // What an earlier run said must not be taken for what this one says.
  rmSync(REPORT, { force: true });
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`, ...filters];
  return spawnSync("vitest", args, {
    cwd: WORKSPACE,
    env: workspaceEnvironment(),
    stdio: ["ignore", "inherit", "inherit"],
  });
}

function readReport() {
  try {
    return JSON.parse(readFileSync(REPORT, "utf8"));
  } catch (error) {
    throw new SetUpError(`vitest wrote no report: ${error.message}`);
  }
}
