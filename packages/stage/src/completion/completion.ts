import type { Tool } from "../command.ts";
import { usageError } from "../errors.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { type CompletionNode, completionNodes } from "./node.ts";
import { zshCompletion } from "./zsh.ts";

const RENDER: Record<string, (tool: string, nodes: CompletionNode[]) => string> = {
  bash: bashCompletion,
  fish: fishCompletion,
  zsh: zshCompletion,
};

/**
 * The script that makes a shell complete a tool's commands and flags, from the tables that its parser uses.
 *
 * @param shell bash, zsh or fish
 */
export async function completionScript(tool: Tool, shell: string | undefined): Promise<string> {
  const render = shell === undefined ? undefined : RENDER[shell];
  if (render === undefined) throw usageError(`expected a shell: ${Object.keys(RENDER).join(", ")}`);
  return render(tool.name, await completionNodes(tool));
}
