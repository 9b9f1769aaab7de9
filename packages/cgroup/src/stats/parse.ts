/** Reads a file of a container's cgroup; undefined where the kernel does not have it. */
export type ReadFile = (file: string) => string | undefined;

/** What is written where there is no limit: Go's largest uint64, as runc has it. */
export const NO_LIMIT = 2n ** 64n - 1n;

/** A whole number, or `max`; undefined for anything else. */
export function integer(text: string | undefined): bigint | undefined {
  if (text === "max") return NO_LIMIT;
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** `key value` lines. */
export function keyed(text: string | undefined): Record<string, bigint> {
  const entries: [string, bigint][] = [];
  for (const line of (text ?? "").split("\n")) {
    const [key = "", value] = line.split(" ");
    const number = integer(value);
    if (number !== undefined) entries.push([key, number]);
  }
  return Object.fromEntries(entries);
}

/** `0-2,7` as numbers. */
export function list(text: string | undefined): number[] | undefined {
  if (text === undefined || text === "") return undefined;
  return text.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Leaves out members that have no value. */
export function present<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
