import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { MydockerError } from "@mydocker/stage";
import { type Found, type ImageTree, lookUp, type TreeDirectory, treeRoot } from "../store/image-tree.ts";

/** No honest passwd is larger; a link in the image may point to /dev/zero (CVE-2024-9676). */
const LIMIT = 1024 * 1024;
/** As the kernel has it (path_resolution(7)). */
const MAXIMUM_LINKS = 40;

/**
 * What a path of the container is: links are followed as they would be inside, so that none leads out. The tree must be at
 * rest, as an unpacked image is.
 *
 * @returns undefined where there is nothing
 */
export function resolveInRoot(tree: ImageTree, path: string): Found | undefined {
  const left = path.split("/").reverse();
  let above: TreeDirectory[] = [treeRoot(tree)];
  for (let links = 0; left.length > 0; ) {
    const part = left.pop();
    if (part === undefined || part === "" || part === ".") continue;
    if (part === "..") {
      if (above.length > 1) above.pop();
      continue;
    }
    const current = above.at(-1);
    const found = current === undefined ? undefined : lookUp(current, part);
    if (found === undefined) return undefined;
    if (found.kind === "directory") {
      above.push(found.directory);
      continue;
    }
    if (!found.isLink) return left.every((rest) => rest === "") ? found : undefined;
    links += 1;
    if (links > MAXIMUM_LINKS) return undefined;
    const target = readlinkSync(found.path);
    if (target.startsWith("/")) above = above.slice(0, 1);
    left.push(...target.split("/").reverse());
  }
  const directory = above.at(-1);
  return directory === undefined ? undefined : { kind: "directory", directory };
}

/**
 * The text of a regular file of the container, or "" where there is none.
 *
 * @throws MydockerError where it is something else, or too large to be what it should be
 */
export function readInRoot(tree: ImageTree, path: string): string {
  const found = resolveInRoot(tree, path);
  if (found === undefined) return "";
  if (found.kind === "directory") throw unreadable(path, "not a regular file");
  const descriptor = openSync(found.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw unreadable(path, "not a regular file");
    if (status.size > LIMIT) throw unreadable(path, `larger than ${LIMIT} bytes`);
    const data = Buffer.alloc(status.size);
    return data.subarray(0, readSync(descriptor, data, 0, data.length, 0)).toString("utf8");
  } finally {
    closeSync(descriptor);
  }
}

function unreadable(path: string, why: string): MydockerError {
  return new MydockerError(`the image's ${path}: ${why}`, { code: "BAD_IMAGE" });
}
