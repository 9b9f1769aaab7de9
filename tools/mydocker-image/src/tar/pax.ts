import { badLayer } from "./bad-layer.ts";
import type { ByteString, TarTime } from "./header.ts";

/** What an extended header says of the entry behind it. */
export interface PaxRecords {
  path?: ByteString;
  linkPath?: ByteString;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: TarTime;
  /** Extended attributes, by name. */
  attributes: Map<ByteString, ByteString>;
  /** The entry's data has holes that are described elsewhere. */
  isSparse: boolean;
}

const ATTRIBUTE = "SCHILY.xattr.";

/** Reads an extended header: records of `LENGTH KEY=VALUE\n`, where LENGTH counts all of the record. Unknown keys say nothing to us. */
export function parsePax(data: Buffer): PaxRecords {
  const records: PaxRecords = { attributes: new Map(), isSparse: false };
  for (let offset = 0; offset < data.length; ) {
    const blank = data.indexOf(0x20, offset);
    const digits = blank === -1 ? "" : data.toString("latin1", offset, blank);
    const length = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
    const end = offset + length;
    if (length === 0 || end > data.length || end - 1 <= blank || data[end - 1] !== 0x0a) throw malformed();
    const equals = data.indexOf(0x3d, blank + 1);
    if (equals === -1 || equals >= end) throw malformed();
    apply(records, data.toString("latin1", blank + 1, equals), data.toString("latin1", equals + 1, end - 1));
    offset = end;
  }
  return records;
}

function apply(records: PaxRecords, key: ByteString, value: ByteString): void {
  if (key.startsWith(ATTRIBUTE)) {
    records.attributes.set(key.slice(ATTRIBUTE.length), value);
  } else if (key.startsWith("GNU.sparse.")) {
    records.isSparse = true;
  } else if (key === "path") {
    records.path = value;
  } else if (key === "linkpath") {
    records.linkPath = value;
  } else if (key === "mtime") {
    records.mtime = time(value);
  } else if (key === "size" || key === "uid" || key === "gid") {
    records[key] = integer(value);
  }
}

function integer(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw malformed();
  return Number(text);
}

/** Decimal seconds, perhaps with a fraction, perhaps before 1970. */
function time(text: string): TarTime {
  const match = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(text);
  if (match === null) throw malformed();
  const [, sign, whole = "0", fraction = ""] = match;
  const nanoseconds = Number(fraction.padEnd(9, "0").slice(0, 9));
  const seconds = Number(whole);
  if (sign !== "-") return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: -seconds, nanoseconds: 0 }
    : { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function malformed(): Error {
  return badLayer("an extended header is malformed");
}
