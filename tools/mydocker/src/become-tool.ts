import { become, type Flags, siblingPath } from "@mydocker/stage";
import { flagWords } from "./flag-words.ts";

/**
 * Becomes a verb of another tool that has the same flags and arguments under the same names.
 *
 * @param verb its words: `["network", "rm"]`
 * @param flags the command's table of flags, all of which the verb has
 * @param values what was given of them
 */
export function becomeTool(
  tool: string,
  verb: string[],
  flags: Flags,
  values: Record<string, boolean | string | string[] | undefined>,
  args: string[],
): never {
  const path = siblingPath(tool);
  become(path, [path, ...verb, ...flagWords(flags, values), ...args]);
}
