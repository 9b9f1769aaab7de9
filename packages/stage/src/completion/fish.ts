import { LISTING } from "./listing.ts";
import type { CompletionNode } from "./node.ts";

/** A completion script for fish: one `complete` line for each word that can follow. */
export function fishCompletion(tool: string, nodes: CompletionNode[]): string {
  return [`# fish completion for ${tool}`, ...nodes.flatMap((node) => fishLines(tool, node)), ""].join("\n");
}

function fishLines(tool: string, { path, verbs, flags, argument }: CompletionNode): string[] {
  const here = `complete -c ${tool} -n ${quote(condition(path, verbs))}`;
  const words = verbs.map(({ name, summary }) => `${here} -f -a ${name} -d ${quote(summary)}`);
  const options = flags.map(({ name, flag }) => {
    const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
    return `${here}${short} -l ${name}${flag.type === "boolean" ? "" : " -r"} -d ${quote(flag.description)}`;
  });
  // fish has no $ {NAME:-default}: sh lists.
  const names = argument === undefined ? [] : [`${here} -f -a ${quote(`(sh -c ${quote(LISTING[argument])})`)}`];
  return [...words, ...options, ...names];
}

function condition(path: string[], verbs: CompletionNode["verbs"]): string {
  const seen = path.slice(1).map((word) => `__fish_seen_subcommand_from ${word}`);
  const none = verbs.length === 0 ? [] : [`not __fish_seen_subcommand_from ${verbs.map(({ name }) => name).join(" ")}`];
  return [...seen, ...none].join("; and ");
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
