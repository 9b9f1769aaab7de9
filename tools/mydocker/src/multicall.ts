import { basename } from "node:path";
import type { runTool, Tool } from "@mydocker/stage";
import { VERB_BUNDLES } from "./verb-bundles.ts";

interface Bundle {
  tool: Tool;
  runTool: typeof runTool;
}

/**
 * One executable under five names: which tool it is, is the name it was called by. Each tool is a bundle of its own in
 * the executable, and so are the verbs in a hurry (scripts/build-executables.mjs).
 *
 * No top-level await: the build makes CommonJS of this, which starts in half the time of an ES module
 * (docs/decisions.md).
 */
async function main(): Promise<void> {
  const called = basename(process.argv0);
  const name = called in VERB_BUNDLES ? called : "mydocker";
  const argv = process.argv.slice(2);
  // It may be the value of a flag that stands in front of the verb: then the bundle finds that it is not the one.
  const verb = argv.find((word) => VERB_BUNDLES[name]?.includes(word));
  const code = verb === undefined ? undefined : await runVerb(`${name}.${verb}`, argv);
  process.exitCode = code ?? (await run(name, argv));
}

async function run(file: string, argv: string[]): Promise<number> {
  const bundle: Bundle = await import(`/$bunfs/root/${file}.js`);
  return bundle.runTool(bundle.tool, argv);
}

/** @returns undefined where what is asked for is not in the verb's bundle */
async function runVerb(file: string, argv: string[]): Promise<number | undefined> {
  try {
    return await run(file, argv);
  } catch (error) {
    // By its name: each bundle has the class once more.
    if (error instanceof Error && error.name === "ElsewhereError") return undefined;
    throw error;
  }
}

void main();
