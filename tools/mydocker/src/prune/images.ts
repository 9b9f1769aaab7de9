import { programFailed, reportError, runProgram, siblingPath } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { listContainers } from "../container/container.ts";
import { listImages } from "../image/image.ts";
import { print } from "../print.ts";

/**
 * Removes the images that no container was made of, and prints what went.
 *
 * @returns bytes they took
 */
export async function removeUnusedImages(paths: HostPaths): Promise<number> {
  const used = new Set(listContainers(paths).map(({ record }) => record.imageId));
  let bytes = 0;
  for (const image of (await listImages()).filter(({ id }) => !used.has(id))) {
    const result = await runProgram(siblingPath("mydocker-image"), ["remove", image.reference]);
    print(result.stdout);
    if (result.code === 0) bytes += image.size;
    else reportError(programFailed(`remove ${image.reference}`, result));
  }
  return bytes;
}
