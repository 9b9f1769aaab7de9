/**
 * A bundler plugin: our sources get other modules than those they import.
 *
 * @param replacements the specifier as the sources have it → the path of the module in its place
 */
export function replaceImports(replacements) {
  const from = /^((?:import|export) (?:[^"';]*) from )"([^"]+)";$/gm;
  return {
    name: "other modules",
    setup(build) {
      // Bun resolves its own modules before it asks a plugin (onResolve), so the sources are changed as they are read.
      build.onLoad({ filter: /\/(tools|packages)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
        loader: "ts",
        contents: (await Bun.file(path).text()).replaceAll(from, (whole, words, specifier) => {
          const other = replacements[specifier];
          return other === undefined || words.startsWith("import type") ? whole : `${words}${JSON.stringify(other)};`;
        }),
      }));
    },
  };
}
