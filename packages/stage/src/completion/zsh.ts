import { LISTING } from "./listing.ts";
import type { CompletionNode } from "./node.ts";

/** A completion script for zsh, to be found in `fpath` as `_TOOL`. */
export function zshCompletion(tool: string, nodes: CompletionNode[]): string {
  const paths = nodes.slice(1).map(({ path }) => `'${path.join(" ")}'`);
  return [
    `#compdef ${tool}`,
    `local place='${tool}' word`,
    "local -a entries",
    'for word in "$' + '{(@)words[2,CURRENT-1]}"; do',
    '  case "$place $word" in',
    `    ${paths.join("|")}) place+=" $word" ;;`,
    "  esac",
    "done",
    'case "$place" in',
    ...nodes.map(zshCase),
    "esac",
    "",
  ].join("\n");
}

function zshCase({ path, verbs, flags, argument }: CompletionNode): string {
  const options = flags.map(({ name, flag }) => entry(`--${name}`, flag.description));
  const words = verbs.map(({ name, summary }) => entry(name, summary));
  const names = argument === undefined ? "_files" : `compadd -- $(${LISTING[argument]}) || _files`;
  const rest = words.length > 0 ? `entries=(${words.join(" ")}); _describe command entries` : names;
  return [
    `  '${path.join(" ")}')`,
    "    if [[ $PREFIX == -* ]]; then",
    `      entries=(${options.join(" ")}); _describe option entries`,
    `    else ${rest}; fi ;;`,
  ].join("\n");
}

/** `_describe` splits at the first colon; an apostrophe ends the shell's word. */
function entry(name: string, description: string): string {
  return `'${name.replaceAll(":", "\\:")}:${description.replaceAll("'", "'\\''")}'`;
}
