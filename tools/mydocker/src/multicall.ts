import { basename } from "node:path";
import type { runTool, Tool } from "@mydocker/stage";
import { TOOLS } from "./hurried-verbs.ts";

interface Bundle {
  tool: Tool;
  runTool: typeof runTool;
}

/**
 * The whole executable, under five names: which tool it is, is the name it was called by. Each tool is a bundle of its own in
 * it (scripts/build-executables.mjs).
 *
 * No top-level await: the build makes CommonJS of this, which starts in half the time of an ES module
 * (docs/decisions.md).
 */
async function main(): Promise<void> {
  const called = basename(process.argv0);
  const bundle: Bundle = await import(`/$bunfs/root/${TOOLS.includes(called) ? called : "mydocker"}.js`);
  process.exitCode = await bundle.runTool(bundle.tool, process.argv.slice(2));
}

void main();
