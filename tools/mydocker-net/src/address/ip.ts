/** An address of either family as a number: 32 bits of IPv4, 128 of IPv6. */
export interface Ip {
  family: 4 | 6;
  value: bigint;
}

export const BITS = { 4: 32, 6: 128 } as const;

/** @returns undefined for what is no address */
export function parseIp(text: string): Ip | undefined {
  const value = text.includes(":") ? parseVersion6(text) : parseVersion4(text);
  return value === undefined ? undefined : { family: text.includes(":") ? 6 : 4, value };
}

export function formatIp({ family, value }: Ip): string {
  return family === 4 ? formatVersion4(value) : formatVersion6(value);
}

/** Four decimal numbers of 0 to 255 without leading zeros: those are octal to some parsers and decimal to others (CVE-2021-29923). */
function parseVersion4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

/** RFC 4291 section 2.2, forms 1 and 2; no zone. */
function parseVersion6(text: string): bigint | undefined {
  const halves = text.split("::");
  const [front = [], back] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - front.length - (back?.length ?? 0);
  if (halves.length > 2 || (back === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => "0"), ...(back ?? [])];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function formatVersion4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}

/** RFC 5952: lower case, and the longest run of two or more zeros, the first of equals, is `::`. */
function formatVersion6(value: bigint): string {
  const text = [7n, 6n, 5n, 4n, 3n, 2n, 1n, 0n]
    .map((group) => ((value >> (group * 16n)) & 0xffffn).toString(16))
    .join(":");
  const runs = text.match(/\b0(:0)+\b/g) ?? [];
  const [longest] = runs.toSorted((a, b) => b.length - a.length);
  if (longest === undefined) return text;
  const at = new RegExp(`(^|:)${longest}(:|$)`);
  return text.replace(at, "::");
}
