import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { OverlayRootfs } from "@mydocker/oci";
import { MydockerError, requireProgram, unlessErrno, usageError } from "@mydocker/stage";

/** Mounts a container's overlay on the host. */
export async function mountOverlay({ lower, upper, work }: OverlayRootfs, target: string): Promise<void> {
  // In an overlay's options these four separate or quote.
  const strange = [...lower, upper, work].find((path) => /[,:\\"]/.test(path));
  if (strange !== undefined) {
    throw usageError(`mount ${strange}: a path with , : \\ or " cannot be an overlay's`, "a MYDOCKER_ROOT without");
  }
  const { directory, names } = relativeLowers(lower);
  const options = `lowerdir=${names.join(":")},upperdir=${upper},workdir=${work}`;
  const mount = ["mount", "-t", "overlay", "overlay", "-o", options, "--", target];
  await requireProgram("env", [`--chdir=${directory}`, ...mount]);
}

/** mount(2) takes a page of options: many lowers beside each other fit in it when they are named from where they are. */
export function relativeLowers(lower: string[]): { directory: string; names: string[] } {
  const directory = dirname(lower[0] ?? "/");
  const areTogether = lower.every((path) => dirname(path) === directory);
  return areTogether ? { directory, names: lower.map((path) => basename(path)) } : { directory: "/", names: lower };
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
