import { lstatSync } from "node:fs";
import { join } from "node:path";
import { directoryAt, hasPath } from "../store/has-path.ts";
import type { ImageTree } from "../store/image-tree.ts";
import type { ByteString } from "../tar/header.ts";
import type { Below } from "./upper-entry.ts";

/** What an unpacked image has below a container's upper directory. */
export function belowUpper(tree: ImageTree): Below {
  return {
    has(path) {
      // A name that is no text cannot be looked for: then it may be there. A whiteout of nothing hides nothing.
      const text = textOf(path);
      return text === undefined || hasPath(tree, text);
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

function textOf(path: ByteString): string | undefined {
  const bytes = Buffer.from(path, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}
