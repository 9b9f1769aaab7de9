#!/usr/bin/env node
// Runs commands, or the test scripts of tests/, on a host with cgroup v2 and systemd. See README.md.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootMachine } from "./machine.mjs";

const testDirectory = fileURLToPath(new URL("tests/", import.meta.url));
const [first, ...rest] = process.argv.slice(2);
const machine = await bootMachine();
try {
  process.exitCode = first === "--" ? await runOne(rest.join(" ")) : await runTests(process.argv.slice(2));
} finally {
  await machine.stop();
}

async function runOne(script) {
  const { code, stdout, stderr } = await machine.run(script);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

/** Each script is a test: exit code 0 is success, and what it printed is shown when it fails. */
async function runTests(wanted) {
  const names = wanted.length > 0 ? wanted : readdirSync(testDirectory).sort();
  let failed = 0;
  for (const name of names) {
    readFileSync(join(testDirectory, name));
    const started = Date.now();
    const { code, stdout, stderr } = await machine.run(`exec bash tests/${name}`);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code === 0 && !process.env.VERBOSE) continue;
    console.log(`${stdout}${stderr}exit code ${code}`);
    if (code !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}
