import { become, type Flags, siblingPath } from "@mydocker/stage";
import { flagWords } from "../flag-words.ts";

/**
 * Becomes a verb of mydocker-image that has the same flags and arguments under the same names.
 *
 * @param flags the command's table of flags, all of which the verb has
 * @param values what was given of them
 */
export function becomeImageTool(
  verb: string,
  flags: Flags,
  values: Record<string, boolean | string | string[] | undefined>,
  args: string[],
): never {
  const tool = siblingPath("mydocker-image");
  become(tool, [tool, verb, ...flagWords(flags, values), ...args]);
}
