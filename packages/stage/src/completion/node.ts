import type { Command, Flag, Tool, Verb } from "../command.ts";
import { COMMON_FLAGS, isTool } from "../command.ts";

/** What can follow one command word after another: `mydocker`, `mydocker system`, `mydocker system prune`. */
export interface CompletionNode {
  /** The words that lead here, the tool's name first. */
  path: string[];
  verbs: { name: string; summary: string }[];
  flags: { name: string; flag: Flag }[];
  /** What an argument names, where it is something of ours. */
  argument: "container" | "image" | undefined;
}

/** Every place in a tool's command tree, with what can follow there; all commands are loaded for it. */
export async function completionNodes(tool: Tool, path: string[] = [tool.name]): Promise<CompletionNode[]> {
  const entries = Object.entries(tool.verbs).filter(([, entry]) => isTool(entry) || entry.hidden !== true);
  const verbs = entries.map(([name, { summary }]) => ({ name, summary }));
  const nodes: CompletionNode[] = [{ path, verbs, flags: shown({ help: COMMON_FLAGS.help }), argument: undefined }];
  for (const [name, entry] of entries) nodes.push(...(await nodesBelow(entry, [...path, name])));
  return nodes;
}

async function nodesBelow(entry: Tool | Verb, path: string[]): Promise<CompletionNode[]> {
  if (isTool(entry)) return completionNodes(entry, path);
  const { command } = await entry.load();
  const flags = shown({ ...command.flags, ...COMMON_FLAGS });
  return [{ path, verbs: [], flags, argument: argumentKind(command) }];
}

function shown(flags: Record<string, Flag>): CompletionNode["flags"] {
  return Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([name, flag]) => ({ name, flag }));
}

/** From the usage line, whose words are what docker's are: `[OPTIONS] CONTAINER [CONTAINER...]`. */
function argumentKind({ usage }: Command): CompletionNode["argument"] {
  if (/\b(CONTAINER|ID)\b/.test(usage)) return "container";
  return /\b(IMAGE|REF)\b/.test(usage) ? "image" : undefined;
}
