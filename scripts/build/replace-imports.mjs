/**
 * A bundler plugin: our sources get other modules than those they import.
 *
 * @param replacements the specifier as the sources have it → the path of the module in its place
 * @param alone whether there is no module of Node's besides: one that is left is an error, and not something that Bun makes up for
 */
export function replaceImports(replacements, { alone = false } = {}) {
  const from = /^((?:import|export) (?:[^"';]*) from )"([^"]+)";$/gm;
  const replace = (whole, words, specifier) => {
    const other = replacements[specifier];
    return other === undefined || words.startsWith("import type") ? whole : `${words}${JSON.stringify(other)};`;
  };
  const checked = (path, text) => {
    const left = /^(?!import type).*(?:from|import\() ?"(node:[^"]+)"/m.exec(text)?.[1];
    if (alone && left !== undefined) throw new Error(`${path}: there is no ${left} in the small engine`);
    return text;
  };
  return {
    name: "other modules",
    setup(build) {
      // Bun resolves its own modules before it asks a plugin (onResolve), so the sources are changed as they are read.
      build.onLoad({ filter: /\/(tools|packages)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
        loader: "ts",
        contents: checked(path, (await Bun.file(path).text()).replaceAll(from, replace)),
      }));
    },
  };
}
