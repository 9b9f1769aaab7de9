import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MydockerError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, containerLife, type HostPaths } from "@mydocker/state";
import { overlayOfContainer } from "../mount/container-overlay.ts";
import { isMountPoint, relativeLowers } from "../mount/overlay-mount.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { EntryArchivist } from "../walk/archive-entry.ts";
import { archiveWalk } from "../walk/archive-walk.ts";
import { type WalkOptions, type WalkTarget, walkDirectory } from "../walk/walk-directory.ts";

/**
 * In a mount namespace that goes with who reads: nobody else ever sees the mount. The container's own upper directory is a lower one of
 * it, so that nothing is written to it.
 */
const MOUNT = `set -e
cd "$1"
mount -t overlay overlay -o "ro,lowerdir=$2" -- "$3"
shift 3
exec "$@"`;

/** Writes all files of a container as a tar archive: what it sees, without what is mounted in it. */
export async function exportContainer(
  paths: HostPaths,
  id: string,
  write: (archive: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const { status, runtime } = containerLife(paths, id);
  const rootfs = join(containerDirectory(paths, id), CONTAINER_FILE.rootfs);
  if ((status === "running" || status === "created") && runtime !== undefined) {
    await write(archive({ container: runtime.init }));
  } else if (status === "building") {
    throw new MydockerError(`container ${id.slice(0, 12)} is still being made`, { code: "BUILDING", exitCode: 1 });
  } else if (isMountPoint(rootfs)) {
    // Two mounts of one upper are undefined behaviour (overlayfs.rst).
    await write(archive({ directory: rootfs }));
  } else {
    const { lower, upper } = overlayOfContainer(paths, id);
    await withTemporaryDirectory(paths, async (directory) => {
      const mountPoint = join(directory, "mounted");
      mkdirSync(mountPoint);
      const { directory: place, names } = relativeLowers(lower);
      const layers = [upper, ...names].join(":");
      const wrapper = ["unshare", "--mount", "--", "sh", "-c", MOUNT, "sh", place, layers, mountPoint];
      await write(archive({ directory: mountPoint }, { wrapper }));
    });
  }
}

function archive(target: WalkTarget, options: WalkOptions = {}): AsyncGenerator<Buffer> {
  return archiveWalk(walkDirectory(target, options), new EntryArchivist());
}
