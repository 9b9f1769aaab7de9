import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { reportError, unlessErrno } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths, isAlive } from "@mydocker/state";
import { type Container, listContainers } from "../container/container.ts";
import { directorySize } from "../container/directory-size.ts";
import { killAndWait, removeContainer } from "../container/teardown.ts";
import { print } from "../print.ts";

/**
 * Removes all containers that do not run, and prints their ids.
 *
 * @returns bytes of their own files
 */
export async function removeStoppedContainers(paths: HostPaths): Promise<number> {
  const stopped = listContainers(paths).filter((container) => isStopped(container) || isForsaken(container));
  let bytes = 0;
  let heading = "Deleted Containers:\n";
  for (const { id } of stopped) {
    try {
      const size = directorySize(join(containerDirectory(paths, id), CONTAINER_FILE.upper));
      await killAndWait(paths, id);
      await removeContainer(paths, id);
      print(`${heading}${id}\n`);
      heading = "";
      bytes += size;
    } catch (error) {
      reportError(error);
    }
  }
  return bytes;
}

function isStopped({ life }: Container): boolean {
  return life.status === "exited" || life.status === "abandoned";
}

/**
 * Its init waits for a start that nobody will give: whoever built it is gone. Between the claim of the start and the
 * start itself it counts as running, but its init is still the shim's copy in memory, not the container's command.
 */
function isForsaken({ life, record }: Container): boolean {
  const isWaiting =
    life.status === "created" || (life.status === "running" && isUnstarted(life.runtime?.init.pid ?? 0));
  return isWaiting && !isAlive(record.owner);
}

function isUnstarted(pid: number): boolean {
  const executable = unlessErrno(["ENOENT", "ESRCH", "EACCES"], () => readlinkSync(`/proc/${pid}/exe`));
  return executable?.startsWith("/memfd:") === true;
}
