import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { requireProgram } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { relativeLowers } from "../mount/overlay-mount.ts";
import type { ImageTree } from "../store/image-tree.ts";
import { withTemporaryDirectory } from "../store/temporary.ts";
import { resolveInRoot } from "./in-root.ts";

/** An image's files, and where its layers are mounted from. */
export interface ImageFiles {
  tree: ImageTree;
  /** Absolute, topmost first. */
  lower: string[];
  /** The only layer's directory is what a container sees. */
  isPlain: boolean;
}

/** In a mount namespace that goes with the shell: nobody else ever sees the mount. */
const COPY = `set -e
cd "$5"
mount -t overlay overlay -o "ro,lowerdir=$1" -- "$2"
exec cp --archive --reflink=auto -- "$2/$3/." "$4"`;

/** Copies what a directory of the image has; nothing happens where it is not one. */
export async function copyFromImage(
  paths: HostPaths,
  { tree, lower, isPlain }: ImageFiles,
  source: string,
  target: string,
): Promise<void> {
  const found = resolveInRoot(tree, source);
  if (found?.kind !== "directory") return;
  const { path, layers } = found.directory;
  const [only] = layers;
  if (isPlain && only !== undefined) {
    await requireProgram("cp", ["--archive", "--reflink=auto", "--", `${join(only.directory, path)}/.`, target]);
    return;
  }
  await withTemporaryDirectory(paths, async (directory) => {
    const [mountPoint, empty] = [join(directory, "mounted"), join(directory, "empty")];
    for (const made of [mountPoint, empty]) mkdirSync(made);
    const { directory: place, names } = relativeLowers(lower);
    // An overlay without an upper takes two layers at least.
    const layers = [...names, empty].join(":");
    await requireProgram("unshare", ["--mount", "--", "sh", "-c", COPY, "sh", layers, mountPoint, path, target, place]);
  });
}
