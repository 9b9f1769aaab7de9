import { programFailed, runProgram, siblingPath } from "@mydocker/stage";

/**
 * Removes the networks that no container is on.
 *
 * @param filters `label=KEY[=VALUE]`
 * @returns what docker says of it; empty where there was none
 */
export async function pruneNetworks(filters: string[]): Promise<string> {
  const args = ["network", "prune", ...filters.map((text) => `--filter=${text}`)];
  const result = await runProgram(siblingPath("mydocker-net"), args);
  if (result.code !== 0) throw programFailed("prune networks", result);
  return result.stdout === "" ? "" : `Deleted Networks:\n${result.stdout}\n`;
}
