import { LISTING } from "./listing.ts";
import type { CompletionNode } from "./node.ts";

/** A completion script for bash: one function, one `case` over the command words that came before. */
export function bashCompletion(tool: string, nodes: CompletionNode[]): string {
  const name = `_${tool.replaceAll("-", "_")}`;
  const paths = nodes.slice(1).map(({ path }) => `'${path.join(" ")}'`);
  return [
    `# bash completion for ${tool}`,
    `${name}() {`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own expansion
    "  local current=${COMP_WORDS[COMP_CWORD]} index words='' names=''",
    `  local path='${tool}'`,
    "  for ((index = 1; index < COMP_CWORD; index += 1)); do",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own expansion
    '    case "$path ${COMP_WORDS[index]}" in',
    `      ${paths.join("|")}) path+=" \${COMP_WORDS[index]}" ;;`,
    "    esac",
    "  done",
    '  case "$path" in',
    ...nodes.map(bashCase),
    "  esac",
    '  [[ $current == -* ]] || words="$names"',
    '  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")',
    "}",
    `complete -o default -F ${name} ${tool}`,
    "",
  ].join("\n");
}

function bashCase({ path, verbs, flags, argument }: CompletionNode): string {
  const words = flags.map(({ name }) => `--${name}`).join(" ");
  const names = argument === undefined ? verbs.map(({ name }) => name).join(" ") : `$(${LISTING[argument]})`;
  return `    '${path.join(" ")}') words='${words}' names="${names}" ;;`;
}
