import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HOST_FUNCTIONS } from "../../packages/engine/src/host.ts";

/**
 * How deep calls may be: a quarter of the engine's stack, for which half of the process's usual 8 MiB is enough. What is deeper (a
 * document of a hundred thousand brackets) is an error to be caught; the end of either stack would be the end of the process.
 */
const STACK_BYTES = 256 * 1024;

/**
 * Runs the bundle of the verbs in a hurry in QuickJS until all of them are loaded, and takes the memory as it is then: the small
 * executable continues from there, and has nothing to parse or to set up.
 *
 * @param text the bundle
 * @returns the memory, and the addresses in it that the executable has to know
 */
export async function makeSnapshot(workspace, text) {
  const library = join(workspace, "packages/engine/node_modules/quickjs-wasi");
  const { CompileFlags, QuickJS } = await import(join(library, "dist/index.js"));
  const wasm = readFileSync(join(library, "quickjs.wasm"));
  const engine = await QuickJS.create({ wasm, timezoneOffset: 0, maxStackSize: STACK_BYTES });
  const host = engine.newObject();
  for (const name of HOST_FUNCTIONS)
    host.setProp(
      name,
      engine.newFunction(name, () => refuse(name)),
    );
  engine.global.setProp("mydockerHost", host);
  // Compiled elsewhere, so that nothing of that stays in the memory; and functions need not know their own text. Lines stay, for --debug.
  const compiler = await QuickJS.create({ wasm });
  engine.evalBytecode(compiler.compile(text, "mydocker", 0, CompileFlags.STRIP_SOURCE)).dispose();
  engine.executePendingJobs();
  const loaded = await engine.resolvePromise(engine.global.getProp("prepared"));
  if ("error" in loaded) throw new Error(`the verbs could not be loaded: ${loaded.error.toString()}`);
  engine.runGC();
  // No verb lives long enough for its garbage to matter.
  engine.gcThreshold = 0xffff_ffff;
  const { memory, stackPointer, runtimePtr, contextPtr } = engine.snapshot();
  return { memory, stackPointer, runtimePtr, contextPtr };
}

/** What it would say is the build's: the time, the environment, the files. */
function refuse(name) {
  throw new Error(`${name}: called while the snapshot is made`);
}
