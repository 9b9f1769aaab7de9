// What is tried in the virtual machine: shell scripts, suites of vitest's, and reboots.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @typedef {{name: string, isQuick: boolean, run: (machine: object) => Promise<import("./agent.mjs").Answer>}} Check */

/** By path of the workspace: a folder is all the tests in it. `isQuick`: part of `npm test`, and not only of --all. */
const SUITES = [
  { path: "tools/mydocker-cgroup/", isQuick: true },
  { path: "test/conformance/resources.test.ts", isQuick: true },
  { path: "test/exit-codes.test.ts", isQuick: true },
  { path: "packages/cgroup/" },
  { path: "test/run.test.ts" },
  { path: "test/exec.test.ts" },
  { path: "test/lifecycle.test.ts" },
  { path: "test/rollback.test.ts" },
  { path: "test/conformance/" },
];

/** Scripts that take minutes: for --all. */
const SLOW_SCRIPTS = ["45-loopback6.sh"];

/** How the machine comes to an end. Neither waits for an answer: there is none. */
const REBOOTS = [
  { name: "reboot, clean", command: "systemctl reboot" },
  // sysrq(8): at once, without writing anything or unmounting. The disk has what was written before, memory is gone.
  { name: "reboot, power cut", command: "echo b > /proc/sysrq-trigger" },
];

/** @returns {Check[]} in the order in which they are done */
export function allChecks() {
  return [...scripts(), ...SUITES.map(suite), ...REBOOTS.map(reboot)];
}

/** Each script is a test: exit code 0 is success, and what it printed is shown when it fails. */
function scripts() {
  const folder = fileURLToPath(new URL("tests/", import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith(".sh"));
  return names
    .sort()
    .map((name) => ({ name, isQuick: !SLOW_SCRIPTS.includes(name), run: (machine) => machine.run(script(name)) }));
}

function suite({ path, isQuick = false }) {
  const command = `SUITE=${path} node node_modules/vitest/vitest.mjs run --config test/vm/vitest.config.mjs --no-color`;
  return { name: path, isQuick, run: (machine) => machine.run(command) };
}

function reboot({ name, command }) {
  return {
    name,
    isQuick: true,
    async run(machine) {
      const before = await machine.run(script("reboot/before.sh"));
      if (before.code !== 0) return before;
      await machine.reboot(command);
      return machine.run(script("reboot/after.sh"));
    },
  };
}

function script(name) {
  return `cd test/vm && exec bash tests/${name}`;
}
