import type { ByteString, TarTime } from "../tar/header.ts";

/** Something in a directory, as the shim's role `walk` tells of it. */
export interface WalkedEntry {
  /** From where the walk began, which is ".". */
  path: ByteString;
  kind: WalkedKind;
  /** Permission bits, with the set-id and sticky ones. */
  mode: number;
  uid: number;
  gid: number;
  mtime: TarTime;
  /** Bytes of content, which follow the first of a file's names. */
  size: number;
  /** Of a device. */
  major: number;
  minor: number;
  /** What names of the same file have in common; undefined where it has one name. */
  inode: string | undefined;
  /** Of a symbolic link. */
  target: ByteString;
  attributes: Map<ByteString, ByteString>;
}

export type WalkedKind = "file" | "link" | "character" | "block" | "directory" | "fifo" | "socket";

const S_IFMT = 0o170000;
const KINDS = new Map<number, WalkedKind>([
  [0o100000, "file"],
  [0o120000, "link"],
  [0o020000, "character"],
  [0o060000, "block"],
  [0o040000, "directory"],
  [0o010000, "fifo"],
  [0o140000, "socket"],
]);
const HEADER = 64;

/** Reads a frame `n` (docs/shim.md). */
export function parseWalkedEntry(frame: Buffer): WalkedEntry {
  const mode = frame.readUInt32LE(0);
  const kind = KINDS.get(mode & S_IFMT);
  const pathLength = frame.readUInt32LE(60);
  if (kind === undefined || HEADER + pathLength > frame.length) throw new Error("walk: a frame is malformed");
  const hasOtherNames = kind === "file" && frame.readUInt32LE(12) > 1;
  return {
    path: frame.toString("latin1", HEADER, HEADER + pathLength),
    kind,
    mode: mode & 0o7777,
    uid: frame.readUInt32LE(4),
    gid: frame.readUInt32LE(8),
    mtime: { seconds: Number(frame.readBigInt64LE(16)), nanoseconds: frame.readUInt32LE(24) },
    size: kind === "file" ? Number(frame.readBigUInt64LE(28)) : 0,
    major: frame.readUInt32LE(36),
    minor: frame.readUInt32LE(40),
    inode: hasOtherNames ? `${frame.readBigUInt64LE(44)}:${frame.readBigUInt64LE(52)}` : undefined,
    target: frame.toString("latin1", HEADER + pathLength),
    attributes: new Map(),
  };
}
