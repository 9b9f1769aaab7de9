import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import type { OverlayRootfs } from "@mydocker/oci";
import { MydockerError, requireProgram, unlessErrno, usageError } from "@mydocker/stage";

/** Mounts a container's overlay on the host. */
export async function mountOverlay({ lower, upper, work }: OverlayRootfs, target: string): Promise<void> {
  // In an overlay's options these four separate or quote.
  const strange = [...lower, upper, work].find((path) => /[,:\\"]/.test(path));
  if (strange !== undefined) {
    throw usageError(`mount ${strange}: a path with , : \\ or " cannot be an overlay's`, "a MYDOCKER_ROOT without");
  }
  const options = `lowerdir=${lower.join(":")},upperdir=${upper},workdir=${work}`;
  await requireProgram("mount", ["-t", "overlay", "overlay", "-o", options, "--", target]);
}

/** Unmounts whatever is mounted at `target`, and what is below that. */
export async function unmountOverlay(target: string): Promise<void> {
  for (let count = 0; isMountPoint(target); count += 1) {
    if (count === 8) throw new MydockerError(`unmount ${target}: it comes back`, { code: "EBUSY" });
    await requireProgram("umount", ["--", target]);
  }
}

/** Whether an overlay is mounted there: it has a device number of its own. */
export function isMountPoint(path: string): boolean {
  const [own, parent] = [path, dirname(path)].map((place) =>
    unlessErrno(["ENOENT", "ENOTDIR"], () => lstatSync(place).dev),
  );
  return own !== undefined && own !== parent;
}
