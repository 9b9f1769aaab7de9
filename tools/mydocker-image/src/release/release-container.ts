import { readdirSync } from "node:fs";
import { join } from "node:path";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import {
  CONTAINER_FILE,
  claimOwner,
  containerDirectory,
  containerLife,
  type HostPaths,
  nameClaim,
  readContainerRecord,
  releaseClaim,
} from "@mydocker/state";
import { isMountPoint, unmountOverlay } from "../mount/overlay-mount.ts";
import { findOverlayUser } from "../mount/overlay-users.ts";
import { removeContainerDirectory } from "./remove-directory.ts";

/**
 * Undoes `bundle`, and `mount`: the mount on the host, the directory with its volumes, the name. Nothing left is success.
 *
 * @throws MydockerError where the container is running
 */
export async function releaseContainer(paths: HostPaths, id: string): Promise<void> {
  const { status, runtime } = containerLife(paths, id);
  if (status === "running" || (status === "created" && runtime !== undefined)) {
    throw stillThere(id, `is ${status}`, runtime?.init.pid);
  }
  const directory = containerDirectory(paths, id);
  const record = readContainerRecord(directory);
  const rootfs = join(directory, CONTAINER_FILE.rootfs);
  if (isMountPoint(rootfs)) {
    const user = findOverlayUser(join(directory, CONTAINER_FILE.upper));
    if (user !== undefined) throw stillThere(id, "is run by another runtime", user);
    await unmountOverlay(rootfs);
  }
  removeContainerDirectory(paths, id);
  const names = record === undefined ? namesOf(paths, id) : [record.name];
  for (const name of names) releaseClaim(nameClaim(paths, name), id);
}

/** Only where the record went before its name did: a release that was killed. */
function namesOf(paths: HostPaths, id: string): string[] {
  const names = unlessErrno(["ENOENT"], () => readdirSync(join(paths.root, "names"))) ?? [];
  return names.filter((name) => claimOwner(nameClaim(paths, name)) === id);
}

function stillThere(id: string, how: string, pid: number | undefined): MydockerError {
  const process = pid === undefined ? "" : ` (process ${pid})`;
  return new MydockerError(`container ${id} ${how}${process}`, {
    code: "RUNNING",
    hint: `mydocker rm -f ${id.slice(0, 12)}, or mydocker-init delete --force ${id}`,
  });
}
