import { lstatSync } from "node:fs";
import { hasPath } from "../store/has-path.ts";
import type { ImageTree } from "../store/image-tree.ts";
import type { ByteString } from "../tar/header.ts";
import type { Below } from "./upper-archivist.ts";

/** What an unpacked image has below a container's upper directory. */
export function belowUpper(tree: ImageTree): Below {
  // The layers' own roots: the topmost one's is what an overlay shows.
  const { mode = 0o755, uid = 0, gid = 0 } = tree[0] === undefined ? {} : lstatSync(tree[0].directory);
  return { has: (path) => hasBytes(tree, path), root: { mode: mode & 0o7777, uid, gid } };
}

/** A name that is no text cannot be looked for: then it may be there. A whiteout of nothing hides nothing. */
export function hasBytes(tree: ImageTree, path: ByteString): boolean {
  const bytes = Buffer.from(path, "latin1");
  const text = bytes.toString("utf8");
  return !Buffer.from(text, "utf8").equals(bytes) || hasPath(tree, text);
}
