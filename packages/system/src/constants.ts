/** open(2) on Linux, x86-64: what node:fs has under the same names. */
export const constants = {
  O_RDONLY: 0,
  O_WRONLY: 0o1,
  O_RDWR: 0o2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_NOFOLLOW: 0o400000,
} as const;

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;

const FLAGS: Record<string, number> = {
  r: 0,
  "r+": O_RDWR,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_EXCL,
  "wx+": O_RDWR | O_CREAT | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
};

/** node:fs's letters (`wx`) as flags of open(2). */
export function openFlags(flags: string | number): number {
  const known = typeof flags === "number" ? flags : FLAGS[flags];
  if (known === undefined) throw new TypeError(`open flags "${flags}": not known`);
  return known;
}
