import { programFailed, reportError, runProgram, siblingPath } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { listContainers } from "../container/container.ts";
import { isUnnamed, listImages } from "../image/image.ts";
import { print } from "../print.ts";

/**
 * Removes the images that no container was made of, and prints what went.
 *
 * @param all those with a name, too
 * @returns bytes they took
 */
export async function removeUnusedImages(paths: HostPaths, all: boolean): Promise<number> {
  const used = new Set(listContainers(paths).map(({ record }) => record.imageId));
  let bytes = 0;
  const unused = (await listImages()).filter(({ id }) => !used.has(id));
  for (const image of unused.filter(({ reference }) => all || isUnnamed(reference))) {
    const result = await runProgram(siblingPath("mydocker-image"), ["remove", image.reference]);
    print(result.stdout);
    if (result.code === 0) bytes += image.size;
    else reportError(programFailed(`remove ${image.reference}`, result));
  }
  return bytes;
}
