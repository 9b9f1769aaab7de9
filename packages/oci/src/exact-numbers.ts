/**
 * JSON whose whole numbers are exact. `JSON.parse` rounds what is above 2^53, and the spec has numbers of 64 bits that
 * must not be rounded: a seccomp filter for 0xffffffffffffffff must not become one for another value. Such a number
 * becomes a bigint, in the places that are asked for; everywhere else it is what `JSON.parse` makes of it.
 */

/** In which members a number may become a bigint. */
const EXACT_MEMBERS = new Set(["value", "valueTwo", "soft", "hard"]);

/** 2^53 has 16 digits: a text without so many in a row has nothing to be lost. */
const LONG_NUMBER = /\d{16}/;

/** @throws SyntaxError as `JSON.parse` does */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!LONG_NUMBER.test(text)) return value;
  // Valid JSON, so what is not within quotes is structure: there every number stands between two delimiters.
  // Of the text as JSON.stringify would have it: in the given one, letters may be escaped.
  const mark = unusedMark(JSON.stringify(value));
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    /^-?\d{16,}$/.test(token) ? `"${mark}${token}"` : token,
  );
  return JSON.parse(marked, (key, member: unknown) => {
    if (typeof member !== "string" || !member.startsWith(mark)) return member;
    const digits = member.slice(mark.length);
    const exact = BigInt(digits);
    return BigInt(Number(digits)) === exact || !EXACT_MEMBERS.has(key) ? Number(digits) : exact;
  });
}

/** The inverse: a bigint is written as the number that it was read as. */
export function stringifyExact(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const plain = JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? 0 : member));
  const mark = unusedMark(plain);
  const marked = JSON.stringify(value, (_, member: unknown) =>
    typeof member === "bigint" ? `${mark}${member}` : member,
  );
  return marked.replaceAll(new RegExp(`"${mark}(\\d+)"`, "g"), "$1");
}

/** Text that is not in the other one. */
function unusedMark(text: string): string {
  for (let count = 0; ; count += 1) {
    const mark = `exact-${count}:`;
    if (!text.includes(mark)) return mark;
  }
}
