import { programFailed, runProgram, siblingPath } from "@mydocker/stage";
import { familiarName } from "../image/image.ts";

/** What `mydocker-image prune` prints. */
interface Pruned {
  untagged: string[];
  deleted: string[];
  bytes: number;
}

/**
 * Removes the images that have no name and that no container was made of.
 *
 * @param all those with a name, too
 * @param filters `until=TIME`
 * @returns what docker says of it, empty where there was none; and the bytes they took
 */
export async function pruneImages(all: boolean, filters: string[]): Promise<{ text: string; bytes: number }> {
  const args = ["prune", ...(all ? ["--all"] : []), ...filters.map((filter) => `--filter=${filter}`)];
  const result = await runProgram(siblingPath("mydocker-image"), args);
  if (result.code !== 0) throw programFailed("prune images", result);
  const { untagged, deleted, bytes } = JSON.parse(result.stdout) as Pruned;
  const lines = [...untagged.map((name) => `untagged: ${shown(name)}`), ...deleted.map((id) => `deleted: ${id}`)];
  return { text: lines.length > 0 ? `Deleted Images:\n${lines.join("\n")}\n\n` : "", bytes };
}

function shown(reference: string): string {
  const { repository, tag } = familiarName(reference);
  return tag === "<none>" ? reference : `${repository}:${tag}`;
}
