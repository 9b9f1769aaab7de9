// What the whole executable is made of: a bundle for each tool.
import { join } from "node:path";
import { TOOLS } from "../../tools/mydocker/src/hurried-verbs.ts";
import { replaceImports } from "./replace-imports.mjs";

/**
 * Writes `TOOL.js` for each tool.
 *
 * @param define what the bundler replaces in the sources
 * @returns their paths
 */
export async function makeBundles(workspace, directory, define) {
  const { success, logs } = await Bun.build({
    entrypoints: TOOLS.map((tool) => join(workspace, "tools/mydocker/src/entries", `${tool}.ts`)),
    outdir: directory,
    naming: "[name].js",
    target: "bun",
    minify: true,
    define,
    plugins: [wholeImports(workspace)],
  });
  if (!success) throw new AggregateError(logs, "the bundles of the tools could not be made");
  return TOOLS.map((tool) => join(directory, `${tool}.js`));
}

/** node:fs takes Bun 5 ms to load: our sources get packages/system in its place (docs/decisions.md). */
export function wholeImports(workspace) {
  return replaceImports({ "node:fs": join(workspace, "packages/system/src/fs.ts") });
}
