import { MydockerError } from "@mydocker/stage";

/** Keys and values in Go's order: lists by index, maps by key. */
export function listEntries(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((entry, index) => [index, entry]);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  }
  if (value === null || value === undefined) return [];
  throw templateError(`range can't iterate over ${printValue(value)}`);
}

/** Go's idea of truth: not the zero value of its type. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As Go prints with %v. */
export function printValue(value: unknown): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(printValue).join(" ")}]`;
  if (typeof value === "object") {
    const entries = listEntries(value).map(([key, entry]) => `${String(key)}:${printValue(entry)}`);
    return `map[${entries.join(" ")}]`;
  }
  return String(value);
}

export function templateError(problem: string): MydockerError {
  return new MydockerError(`template: ${problem}`, { code: "BAD_TEMPLATE", exitCode: 1 });
}
