import { badLayer } from "../tar/bad-layer.ts";
import type { ByteString } from "../tar/header.ts";
import { shown } from "../tar/reader.ts";

/** PATH_MAX and NAME_MAX, without the byte that ends a string. */
const PATH_LIMIT = 4095;
const NAME_LIMIT = 255;

/**
 * Where an entry belongs, relative to the layer's root, with neither empty parts nor dots; "." is the root itself. An absolute
 * name is taken from the root, as docker and umoci do.
 *
 * @throws MydockerError for a path that leads out of the root, or that no file system takes
 */
export function entryPath(name: ByteString): ByteString {
  const plain = plainPath(name);
  if (plain !== undefined) return plain;
  if (name.includes("\0")) throw badLayer(`${shown(name)}: a name with a NUL byte`);
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (parts.pop() === undefined) throw badLayer(`${shown(name)}: it leads out of the layer`);
      continue;
    }
    if (part.length > NAME_LIMIT) throw badLayer(`${shown(name)}: a name of more than ${NAME_LIMIT} bytes`);
    parts.push(part);
  }
  const path = parts.join("/");
  if (path.length > PATH_LIMIT) throw badLayer(`${shown(name)}: a path of more than ${PATH_LIMIT} bytes`);
  return path === "" ? "." : path;
}

/** The same for nearly all that there are, in fewer steps; undefined: it has to be taken apart. */
function plainPath(name: ByteString): ByteString | undefined {
  const begin = name.startsWith("./") ? 2 : 0;
  const end = name.endsWith("/") ? name.length - 1 : name.length;
  if (end - begin < 1 || end - begin > NAME_LIMIT || name[begin] === "." || name[begin] === "/") return undefined;
  if (name.includes("/.", begin) || name.includes("//") || name.includes("\0")) return undefined;
  return name.slice(begin, end);
}

/** What an entry's name means in a layer (image-spec layer.md). */
export type EntryMeaning =
  | { kind: "plain" }
  /** What lower layers have at `path` is gone. */
  | { kind: "whiteout"; path: ByteString }
  /** What lower layers have in the directory `path` is gone. */
  | { kind: "opaque"; path: ByteString }
  /** What aufs kept for itself. */
  | { kind: "ignored" };

const WHITEOUT = ".wh.";
const PLAIN: EntryMeaning = { kind: "plain" };

/** @throws MydockerError for a whiteout of nothing, or of a directory's `.` and `..` */
export function meaningOf(path: ByteString): EntryMeaning {
  if (!path.includes(WHITEOUT)) return PLAIN;
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (!name.startsWith(WHITEOUT)) return PLAIN;
  const directory = slash === -1 ? "." : path.slice(0, slash);
  if (name === ".wh..wh..opq") return { kind: "opaque", path: directory };
  if (name.startsWith(".wh..wh.")) return { kind: "ignored" };
  const hidden = name.slice(WHITEOUT.length);
  if (hidden === "" || hidden === "." || hidden === "..") throw badLayer(`${shown(path)}: a whiteout of nothing`);
  return { kind: "whiteout", path: slash === -1 ? hidden : `${directory}/${hidden}` };
}
