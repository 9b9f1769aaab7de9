import { usageError } from "@mydocker/stage";

const UNITS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/**
 * Reads docker's `--filter until=…`: so long ago (`24h`, `1h30m`), a time (RFC 3339, or a date), or seconds since 1970.
 *
 * @param now milliseconds since 1970
 */
export function parseUntil(filters: string[], now: number): number | undefined {
  let until: number | undefined;
  for (const filter of filters) {
    const text = /^until=(.+)$/.exec(filter)?.[1];
    const moment = text === undefined ? undefined : parseMoment(text, now);
    if (moment === undefined)
      throw usageError(`--filter ${JSON.stringify(filter.slice(0, 60))}: expected until=TIME`, "until=24h");
    until = moment;
  }
  return until;
}

function parseMoment(text: string, now: number): number | undefined {
  if (/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g);
    return now - [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
  }
  if (/^\d{1,12}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
