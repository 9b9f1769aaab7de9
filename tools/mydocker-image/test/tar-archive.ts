export interface TarPart {
  name: string;
  /** "0" file, "1" hard link, "2" link, "3" character, "4" block, "5" directory, "6" FIFO; anything else as it is. */
  type?: string;
  link?: string;
  content?: string | Buffer;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  major?: number;
  minor?: number;
  /** What the header says of the size, where it is to lie. */
  size?: number;
  /** Records of an extended header in front; values are bytes (latin1). */
  pax?: Record<string, string>;
}

/** A tar archive with exactly these entries: no program that writes archives would write some of them. */
export function tarArchive(parts: TarPart[], trailer = true): Buffer {
  return Buffer.concat([...parts.map(entryBytes), Buffer.alloc(trailer ? 1024 : 0)]);
}

/** The bytes of one entry, its extended header included. */
export function entryBytes(part: TarPart): Buffer {
  const content = Buffer.from(part.content ?? "");
  const records = part.pax === undefined ? "" : paxRecords(part.pax);
  const extended =
    records === ""
      ? Buffer.alloc(0)
      : entryBytes({ name: "PaxHeaders/x", type: "x", content: Buffer.from(records, "latin1") });
  return Buffer.concat([extended, header(part, part.size ?? content.length), content, padding(content.length)]);
}

function header(part: TarPart, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, offset: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "latin1");
  };
  block.write(part.name.slice(0, 100), 0, "latin1");
  octal(part.mode ?? (part.type === "5" ? 0o755 : 0o644), 100, 8);
  octal(part.uid ?? 0, 108, 8);
  octal(part.gid ?? 0, 116, 8);
  octal(size, 124, 12);
  octal(part.mtime ?? 1_700_000_000, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(part.type ?? "0", 156, "latin1");
  block.write((part.link ?? "").slice(0, 100), 157, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  octal(part.major ?? 0, 329, 8);
  octal(part.minor ?? 0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function padding(length: number): Buffer {
  return Buffer.alloc((512 - (length % 512)) % 512);
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
export function paxRecords(records: Record<string, string>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = rest.length + 1;
      while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
      return `${length}${rest}`;
    })
    .join("");
}
