import { isTrue, printValue, templateError } from "./template-value.ts";

/** Go's own functions and those docker adds; the value of a pipeline is the last argument. */
export const TEMPLATE_FUNCTIONS: Record<string, (args: unknown[]) => unknown> = {
  json: ([value]) => toJson(value),
  len: ([value]) => lengthOf(value),
  index: ([value, ...keys]) => keys.reduce(indexInto, value),
  lower: ([text]) => printValue(text).toLowerCase(),
  upper: ([text]) => printValue(text).toUpperCase(),
  title: ([text]) => printValue(text).replaceAll(/\b\w/g, (letter) => letter.toUpperCase()),
  split: ([text, separator]) => printValue(text).split(printValue(separator)),
  join: ([list, separator]) => (Array.isArray(list) ? list.map(printValue) : []).join(printValue(separator)),
  truncate: ([text, length]) => printValue(text).slice(0, Number(length)),
  print: (args) => args.map(printValue).join(""),
  println: (args) => `${args.map(printValue).join(" ")}\n`,
  printf: ([format, ...args]) => formatText(printValue(format), args),
  not: ([value]) => !isTrue(value),
  and: (args) => args.find((value) => !isTrue(value)) ?? args.at(-1),
  or: (args) => args.find((value) => isTrue(value)) ?? args.at(-1),
  eq: ([value, ...others]) => others.some((other) => other === value),
  ne: ([a, b]) => a !== b,
  lt: ([a, b]) => compare(a, b) < 0,
  le: ([a, b]) => compare(a, b) <= 0,
  gt: ([a, b]) => compare(a, b) > 0,
  ge: ([a, b]) => compare(a, b) >= 0,
};

/** A row's fields are functions, called when asked for: `{{json .}}` asks for all that need no argument. */
function toJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, member: unknown) => {
      if (typeof member !== "function") return member;
      return member.length === 0 ? member() : undefined;
    }) ?? "null"
  );
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw templateError(`len of ${printValue(value)}`);
}

function indexInto(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== "number" || key < 0 || key >= value.length) {
      throw templateError(`error calling index: index out of range: ${printValue(key)}`);
    }
    return value[key];
  }
  if (typeof value !== "object" || value === null) throw templateError("error calling index: index of untyped nil");
  const name = printValue(key);
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function formatText(format: string, args: unknown[]): string {
  const left = [...args];
  return format.replaceAll(/%[-+ 0]*(\d+)?([svdqt%])/g, (_match, width: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    const value = left.shift();
    const text = verb === "q" ? JSON.stringify(printValue(value)) : printValue(value);
    return width === undefined ? text : text.padStart(Number(width));
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [printValue(a), printValue(b)];
  return left < right ? -1 : left === right ? 0 : 1;
}
