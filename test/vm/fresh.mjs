#!/usr/bin/env node
// The README's two commands on a machine that has what the README asks for, and nothing else. See README.md.
import { createReadStream, existsSync, statSync } from "node:fs";
import { bootMachine, endOnSignals } from "./machine.mjs";
import { freshPayload } from "./payload.mjs";
import { FRESH_MACHINE } from "./recipes.mjs";

/** As a user would come by them: how to reach mirrors, Node where its archive is unpacked to, and a clone. */
const PREPARE = `
set -e
if [ -d /payload/host ]; then cp -r /payload/host/. /; update-ca-certificates; fi
cp -r /payload/node/bin /payload/node/lib /usr/local/
mkdir -p /usr/local/lib/node_modules
cp -r /payload/node/npm /usr/local/lib/node_modules/npm
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
git clone --quiet /payload/repository.bundle mydocker
`;

const commands = process.argv.length > 2 ? process.argv.slice(2) : ["npm run demo", "npm test"];
endOnSignals();
const machine = await bootMachine(FRESH_MACHINE, (directory) => freshPayload(directory, FRESH_MACHINE.suite), {
  memory: "4G",
  network: "mirrors",
});
const follower = setInterval(follow, 500);
let shown = 0;
try {
  const prepared = await machine.run(PREPARE);
  if (prepared.code !== 0) throw new Error(`the machine could not be prepared: ${prepared.stdout}${prepared.stderr}`);
  for (const command of commands) await tryCommand(command);
} finally {
  clearInterval(follower);
  await machine.stop();
}

/** A login shell, as a person has one. */
async function tryCommand(command) {
  console.log(`\n$ ${command}`);
  const started = Date.now();
  const { code } = await machine.run(`cd mydocker && exec bash -lc '${command}' > /dev/virtio-ports/output 2>&1`);
  await follow();
  const minutes = ((Date.now() - started) / 60_000).toFixed(1);
  console.log(`\n${code === 0 ? "ok    " : "FAILED"} ${command} (${minutes} minutes)`);
  if (code !== 0) process.exitCode = 1;
}

/** Shows what the machine has written since. */
async function follow() {
  if (!existsSync(machine.output)) return;
  const { size } = statSync(machine.output);
  if (size <= shown) return;
  const start = shown;
  shown = size;
  for await (const chunk of createReadStream(machine.output, { start, end: size - 1 })) process.stdout.write(chunk);
}
