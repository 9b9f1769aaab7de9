import { BLOCK, type ByteString, type TarTime } from "./header.ts";
import type { TarKind } from "./reader.ts";

/** What an archive is to say of something; its content, `size` bytes, follows. */
export interface ArchivedEntry {
  name: ByteString;
  kind: TarKind;
  mode: number;
  uid: number;
  gid: number;
  mtime: TarTime;
  size: number;
  /** Of a link: its target; of a hard link, the name of another entry. */
  linkName?: ByteString;
  major?: number;
  minor?: number;
  attributes?: ReadonlyMap<ByteString, ByteString>;
}

const TYPES: Record<TarKind, string> = {
  file: "0",
  "hard-link": "1",
  link: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

/** An archive's end. */
export const TRAILER = Buffer.alloc(2 * BLOCK);

/** The bytes in front of an entry's content: ustar, with an extended header (POSIX pax) for what does not fit. */
export function entryHeader(entry: ArchivedEntry): Buffer {
  const records = paxRecords(entry);
  const own = header(entry, TYPES[entry.kind], entry.size);
  if (records.length === 0) return own;
  const { length } = records;
  const extended = header({ ...entry, name: "PaxHeaders/entry", linkName: "" }, "x", length);
  return Buffer.concat([extended, records, padding(length), own]);
}

/** What follows so many bytes of content. */
export function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function header(entry: ArchivedEntry, type: string, size: number): Buffer {
  const { mode, uid, gid, mtime, linkName = "", major = 0, minor = 0 } = entry;
  const block = Buffer.alloc(BLOCK);
  const number = (value: number, offset: number, length: number): void => {
    block.write(`${(fits(value, length) ? value : 0).toString(8).padStart(length - 1, "0")}\0`, offset, "latin1");
  };
  block.write(entry.name.slice(0, 100), 0, "latin1");
  number(mode, 100, 8);
  number(uid, 108, 8);
  number(gid, 116, 8);
  number(size, 124, 12);
  number(mtime.seconds, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(type, 156, "latin1");
  block.write(linkName.slice(0, 100), 157, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  number(major, 329, 8);
  number(minor, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Octal digits, and a NUL byte behind. */
function fits(value: number, length: number): boolean {
  return value >= 0 && value < 8 ** (length - 1);
}

function paxRecords({ name, linkName = "", uid, gid, size, mtime, attributes }: ArchivedEntry): Buffer {
  const records: string[] = [];
  const add = (key: string, value: ByteString): number => records.push(paxRecord(key, value));
  // docker's reader takes a field of the header for text up to the first NUL byte: a name may fill it, and no more.
  if (name.length > 100) add("path", name);
  if (linkName.length > 100) add("linkpath", linkName);
  if (!fits(uid, 8)) add("uid", `${uid}`);
  if (!fits(gid, 8)) add("gid", `${gid}`);
  if (!fits(size, 12)) add("size", `${size}`);
  if (mtime.nanoseconds !== 0 || !fits(mtime.seconds, 12)) add("mtime", decimal(mtime));
  for (const [attribute, value] of attributes ?? []) add(`SCHILY.xattr.${attribute}`, value);
  return Buffer.from(records.join(""), "latin1");
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: ByteString): ByteString {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return `${length}${rest}`;
}

/** The nanoseconds count forwards, also before 1970: -1.5 is 2 seconds before, and half a second on. */
function decimal({ seconds, nanoseconds }: TarTime): string {
  const isBefore = seconds < 0 && nanoseconds > 0;
  const whole = isBefore ? seconds + 1 : seconds;
  const fraction = isBefore ? 1_000_000_000 - nanoseconds : nanoseconds;
  const sign = isBefore && whole === 0 ? "-" : "";
  return fraction === 0 ? `${whole}` : `${sign}${whole}.${`${fraction}`.padStart(9, "0")}`;
}
