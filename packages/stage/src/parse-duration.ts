import { usageError } from "./errors.ts";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Go's form of a duration, as far as it makes sense here: `1m30s`, `500ms`.
 *
 * @param flag where it was given, for the message
 * @returns milliseconds, at least one
 */
export function parseDuration(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const milliseconds = parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * (UNITS[unit] ?? 0), 0);
  if (parts.map(([part]) => part).join("") === text && milliseconds >= 1) return milliseconds;
  throw usageError(`${flag}: expected a time such as 500ms, 5s or 1m30s, got ${JSON.stringify(text)}`);
}
