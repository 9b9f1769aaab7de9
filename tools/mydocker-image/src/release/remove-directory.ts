import { existsSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, MydockerError, programFailed, runProgramNow, systemError, unlessErrno } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths, makePrivateDirectory } from "@mydocker/state";
import { temporaryParent } from "../store/paths.ts";
import { temporaryName } from "../store/temporary.ts";

/**
 * Removes a container's directory: it is renamed aside first, so it is there whole or gone; what is then not removed to the
 * end, `gc` finds. Nothing may be mounted in it any more.
 *
 * @returns false where there was none
 */
export function removeContainerDirectory(paths: HostPaths, id: string): boolean {
  const directory = containerDirectory(paths, id);
  if (!existsSync(directory)) return false;
  refuseIfMounted(directory);
  makePrivateDirectory(temporaryParent(paths));
  const aside = temporaryName(paths);
  const moved = unlessErrno(["ENOENT"], () => {
    renameSync(directory, aside);
    return true;
  });
  if (moved === true) removeTree(aside);
  return moved === true;
}

/** The mount point is empty but for a mount, and rmdir of a mount point fails: no content can be lost by a mistake. */
function refuseIfMounted(directory: string): void {
  const rootfs = join(directory, CONTAINER_FILE.rootfs);
  try {
    rmdirSync(rootfs);
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (errno === "ENOENT") return;
    if (errno !== "EBUSY" && errno !== "ENOTEMPTY") throw systemError(`remove ${rootfs}`, error);
    throw new MydockerError(`${rootfs}: something is mounted or left there`, {
      code: "EBUSY",
      hint: `umount ${rootfs}`,
    });
  }
}

/** Removes a tree that a container may have made: deeper, say, than a path can be long, which rm takes step by step. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    const result = runProgramNow("rm", ["-rf", "--one-file-system", "--", path]);
    if (result.code !== 0) throw programFailed(`remove ${path}`, result);
  }
}
