import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { join } from "node:path";
import { MydockerError, unlessErrno } from "@mydocker/stage";

/** No honest passwd is larger; a link in the image may point to /dev/zero (CVE-2024-9676). */
const LIMIT = 1024 * 1024;
/** As the kernel has it (path_resolution(7)). */
const MAXIMUM_LINKS = 40;

/**
 * Where a path of the container is on the host: links are followed as they would be inside, so that none leads out. The
 * tree must be at rest, as an unpacked image is.
 *
 * @returns undefined where there is nothing
 */
export function resolveInRoot(root: string, path: string): string | undefined {
  const left = path.split("/").reverse();
  let found: string[] = [];
  for (let links = 0; left.length > 0; ) {
    const part = left.pop();
    if (part === undefined || part === "" || part === ".") continue;
    if (part === "..") {
      found = found.slice(0, -1);
      continue;
    }
    const candidate = join(root, ...found, part);
    const status = unlessErrno(["ENOENT", "ENOTDIR"], () => lstatSync(candidate));
    if (status === undefined) return undefined;
    if (!status.isSymbolicLink()) {
      found.push(part);
      continue;
    }
    links += 1;
    if (links > MAXIMUM_LINKS) return undefined;
    const target = readlinkSync(candidate);
    if (target.startsWith("/")) found = [];
    left.push(...target.split("/").reverse());
  }
  return join(root, ...found);
}

/**
 * The text of a regular file of the container, or "" where there is none.
 *
 * @throws MydockerError where it is something else, or too large to be what it should be
 */
export function readInRoot(root: string, path: string): string {
  const resolved = resolveInRoot(root, path);
  if (resolved === undefined) return "";
  const descriptor = openSync(resolved, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
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
