import { basename } from "node:path";
import type { runTool, Tool } from "@mydocker/stage";

const TOOLS = ["mydocker", "mydocker-init", "mydocker-net", "mydocker-cgroup", "mydocker-image"];

/**
 * One executable under five names: which tool it is, is the name it was called by. Each tool is a bundle of its own in
 * the executable (scripts/build-executables.mjs), so that none loads the code of the others: 2 ms of every start.
 *
 * No top-level await: the build makes CommonJS of this, which starts in half the time of an ES module
 * (docs/decisions.md).
 */
async function main(): Promise<void> {
  const called = basename(process.argv0);
  const name = TOOLS.includes(called) ? called : "mydocker";
  const entry: { tool: Tool; runTool: typeof runTool } = await import(`/$bunfs/root/entries/${name}.js`);
  process.exitCode = await entry.runTool(entry.tool, process.argv.slice(2));
}

void main();
