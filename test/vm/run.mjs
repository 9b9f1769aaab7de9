#!/usr/bin/env node
// Runs commands, or the checks, on a host with cgroup v2 and systemd. See README.md.
import { allChecks } from "./checks.mjs";
import { endOnSignals } from "./machine.mjs";
import { bootTestHost } from "./test-host.mjs";

const [first, ...rest] = process.argv.slice(2);
const wanted = first === "--" ? [] : wantedChecks(process.argv.slice(2));
endOnSignals();
const machine = await bootTestHost();
try {
  process.exitCode = first === "--" ? await runOne(rest.join(" ")) : await runChecks(wanted);
} finally {
  await machine.stop();
}

/** Those whose name has one of the words in it; without words those that `npm test` does, with --all every one. */
function wantedChecks(words) {
  const checks = allChecks();
  if (words.length === 0) return checks.filter(({ isQuick }) => isQuick);
  const found = checks.filter(({ name }) => words.some((word) => word === "--all" || name.includes(word)));
  if (found.length > 0) return found;
  console.error(`no check is called ${words.join(" or ")}; there are: ${checks.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

async function runOne(script) {
  const { code, stdout, stderr } = await machine.run(script);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

async function runChecks(checks) {
  let failed = 0;
  for (const { name, run } of checks) {
    const started = Date.now();
    const { code, stdout, stderr } = await run(machine);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code !== 0 || process.env.VERBOSE) console.log(`${stdout}${stderr}exit code ${code}`);
    if (code !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}
