// What the small engine runs: the verbs in a hurry, of all tools, in one bundle.
import { join } from "node:path";
import { HURRIED_VERBS } from "../../tools/mydocker/src/hurried-verbs.ts";
import { replaceImports } from "./replace-imports.mjs";

/** @returns the bundle's text */
export async function makeSmallBundle(workspace, define) {
  const { success, logs, outputs } = await Bun.build({
    entrypoints: [join(workspace, "tools/mydocker/src/entries/small.ts")],
    target: "browser",
    format: "iife",
    minify: { whitespace: true, syntax: true, identifiers: false },
    define,
    plugins: [smallImports(workspace), hurriedVerbs(workspace)],
  });
  if (!success) throw new AggregateError(logs, "the bundle of the small engine could not be made");
  return outputs[0].text();
}

function smallImports(workspace) {
  const engine = (name) => join(workspace, "packages/engine/src", name);
  const replacements = {
    "node:fs": join(workspace, "packages/system/src/fs.ts"),
    "node:path": engine("node/path.ts"),
    "node:os": engine("node/os.ts"),
    "node:crypto": engine("node/crypto.ts"),
    "node:timers/promises": engine("node/timers-promises.ts"),
    "./addon.ts": engine("addon.ts"),
    "@mydocker/system/pause": engine("pause.ts"),
    "@mydocker/system/program": engine("program.ts"),
  };
  return replaceImports(replacements, { alone: true });
}

/**
 * A bundler plugin that leaves out what the small engine does not run: the other verbs, help, completions, and what needs more
 * of Node than it has. Loading them says that they are elsewhere.
 */
function hurriedVerbs(workspace) {
  const runTool = JSON.stringify(join(workspace, "packages/stage/src/run-tool.ts"));
  return {
    name: "the verbs in a hurry",
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path, importer, kind }) => {
        if (kind !== "dynamic-import" || isHurried(importer, path)) return undefined;
        return { path: "elsewhere", namespace: "elsewhere" };
      });
      build.onLoad({ filter: /.*/, namespace: "elsewhere" }, () => ({
        loader: "js",
        contents: `import { ElsewhereError } from ${runTool}; throw new ElsewhereError();`,
      }));
    },
  };
}

function isHurried(importer, path) {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.ts$/, "");
  if (/\/run-tool\.ts$/.test(importer)) return false;
  const tool = /\/tools\/([^/]+)\/src\/cli\.ts$/.exec(importer)?.[1];
  if (tool !== undefined) return name === "global-flags" || HURRIED_VERBS[tool].includes(name);
  return !ELSEWHERE.includes(name);
}

/** Files that are loaded on demand, when nothing has been done yet that is not undone again. */
const ELSEWHERE = ["dry-run", "embedded-image", "pull-image", "serve-names", "unpack"];
