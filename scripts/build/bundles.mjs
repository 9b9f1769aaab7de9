// The bundles that the executable is made of: one for each tool, and one for each verb in a hurry.
import { join } from "node:path";
import { VERB_BUNDLES } from "../../tools/mydocker/src/verb-bundles.ts";
import { ownFileSystem } from "./own-file-system.mjs";

/**
 * Writes `TOOL.js` and `TOOL.VERB.js`.
 *
 * @param define what the bundler replaces in the sources
 * @returns their paths
 */
export async function makeBundles(workspace, directory, define) {
  const wanted = Object.entries(VERB_BUNDLES).flatMap(([tool, verbs]) => [
    { tool, name: tool },
    ...verbs.map((verb) => ({ tool, verb, name: `${tool}.${verb}` })),
  ]);
  return Promise.all(wanted.map((bundle) => makeBundle(workspace, directory, define, bundle)));
}

async function makeBundle(workspace, directory, define, { tool, verb, name }) {
  const plugins = [ownFileSystem(workspace), ...(verb === undefined ? [] : [oneVerb(workspace, verb)])];
  const { success, logs } = await Bun.build({
    entrypoints: [join(workspace, "tools/mydocker/src/entries", `${tool}.ts`)],
    outdir: directory,
    naming: `${name}.js`,
    target: "bun",
    minify: true,
    define,
    plugins,
  });
  if (!success) throw new AggregateError(logs, `the bundle ${name} could not be made`);
  return join(directory, `${name}.js`);
}

/**
 * A bundler plugin that leaves out all other verbs, help and completions, which the tools load when they are asked for. Loading
 * them from such a bundle says that they are elsewhere.
 */
function oneVerb(workspace, verb) {
  const runTool = JSON.stringify(join(workspace, "packages/stage/src/run-tool.ts"));
  const kept = [`${verb}.ts`, "global-flags.ts"];
  return {
    name: "one verb alone",
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\// }, ({ path, importer, kind }) => {
        const isChoice = kind === "dynamic-import" && /\/(cli|run-tool)\.ts$/.test(importer);
        if (!isChoice || kept.includes(path.slice(path.lastIndexOf("/") + 1))) return undefined;
        return { path: "elsewhere", namespace: "elsewhere" };
      });
      build.onLoad({ filter: /.*/, namespace: "elsewhere" }, () => ({
        loader: "js",
        contents: `import { ElsewhereError } from ${runTool}; throw new ElsewhereError();`,
      }));
    },
  };
}
