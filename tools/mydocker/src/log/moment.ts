import { usageError } from "@mydocker/stage";

const UNIT_MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads a point in time as docker's `--since` does: RFC 3339, a date, seconds since 1970, or how long ago (`10m`, `1h30m`).
 *
 * @returns milliseconds since 1970
 */
export function parseMoment(flag: string, text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(\d+(\.\d+)?(ms|[smh]))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g)];
    return (
      now - parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNIT_MILLISECONDS[unit ?? ""] ?? 0), 0)
    );
  }
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw usageError(`${flag}: expected a time (2026-01-31T12:00:00Z, 1769860800) or a span (10m), got "${text}"`);
  }
  return time;
}
