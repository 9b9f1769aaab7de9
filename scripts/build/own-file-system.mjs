import { join } from "node:path";

/** A bundler plugin: our sources get packages/system in place of node:fs, which takes 5 ms to load (docs/decisions.md). */
export function ownFileSystem(workspace) {
  const own = JSON.stringify(join(workspace, "packages/system/src/fs.ts"));
  return {
    name: "packages/system in place of node:fs",
    setup(build) {
      // Bun resolves its own modules before it asks a plugin (onResolve), so the sources are changed as they are read.
      build.onLoad({ filter: /\/(tools|packages)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
        loader: "ts",
        contents: (await Bun.file(path).text()).replaceAll(/^(import {[^}]*}) from "node:fs";$/gm, `$1 from ${own};`),
      }));
    },
  };
}
