import { join } from "node:path";
import { reportError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths } from "@mydocker/state";
import { type Container, listContainers, readContainer } from "../container/container.ts";
import { directorySize } from "../container/directory-size.ts";
import { isForsaken } from "../container/is-forsaken.ts";
import { killAndWait, removeContainer } from "../container/teardown.ts";
import { print } from "../print.ts";
import { withStartLock } from "../start/start-lock.ts";

/**
 * Removes all containers that do not run, and prints their ids.
 *
 * @returns bytes of their own files
 */
export async function removeStoppedContainers(paths: HostPaths): Promise<number> {
  const stopped = listContainers(paths).filter(isStopped);
  let bytes = 0;
  let heading = "Deleted Containers:\n";
  for (const { id } of stopped) {
    try {
      const size = await withStartLock(paths, id, () => removeIfStopped(paths, id));
      if (size === undefined) continue;
      print(`${heading}${id}\n`);
      heading = "";
      bytes += size;
    } catch (error) {
      reportError(error);
    }
  }
  return bytes;
}

/** @returns bytes of its own files; undefined where somebody has started or removed it meanwhile */
async function removeIfStopped(paths: HostPaths, id: string): Promise<number | undefined> {
  const container = readContainer(paths, id);
  if (container === undefined || !isStopped(container)) return undefined;
  const size = directorySize(join(containerDirectory(paths, id), CONTAINER_FILE.upper));
  await killAndWait(paths, id);
  await removeContainer(paths, id);
  return size;
}

function isStopped(container: Container): boolean {
  const { status } = container.life;
  return status === "exited" || status === "abandoned" || isForsaken(container);
}
