import { lstatSync } from "node:fs";
import { join } from "node:path";
import { unlessErrno } from "@mydocker/stage";
import { directoryAt, hasPath } from "../store/has-path.ts";
import type { ImageTree } from "../store/image-tree.ts";
import type { ByteString } from "../tar/header.ts";
import type { Below } from "./upper-entry.ts";

/** What an unpacked image has below a container's upper directory. */
export function belowUpper(tree: ImageTree): Below {
  return {
    has(path) {
      const text = textOf(path);
      return text === undefined ? hasBytes(tree, path) : hasPath(tree, text);
    },
    directory(path) {
      const text = textOf(path);
      const directory = text === undefined ? undefined : directoryAt(tree, text);
      // What an overlay shows of several is the topmost one's.
      const [top] = directory?.layers ?? [];
      if (directory === undefined || top === undefined) return undefined;
      const { mode, uid, gid, mtimeMs } = lstatSync(join(top.directory, directory.path));
      return { mode: mode & 0o7777, uid, gid, seconds: Math.floor(mtimeMs / 1000) };
    },
  };
}

/**
 * For a name that is no text, which `lookUp` and packages/system do not know. What is in a directory of such a name is taken to be there
 * where the directory is: at the worst a layer then hides what there is not.
 */
function hasBytes(tree: ImageTree, path: ByteString): boolean {
  const parts = path.split("/");
  const index = parts.findIndex((part) => textOf(part) === undefined);
  const directory = directoryAt(tree, textOf(parts.slice(0, index).join("/")) || ".");
  const { lstatSync: lookAt } = process.getBuiltinModule("node:fs");
  for (const layer of directory?.layers ?? []) {
    const place = `${join(layer.directory, directory?.path ?? "")}/`;
    const name = Buffer.concat([Buffer.from(place), Buffer.from(parts[index] ?? "", "latin1")]);
    const status = unlessErrno(["ENOENT", "ENOTDIR"], () => lookAt(name));
    if (status !== undefined) return !status.isCharacterDevice() || status.rdev !== 0;
  }
  return false;
}

function textOf(path: ByteString): string | undefined {
  const bytes = Buffer.from(path, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
