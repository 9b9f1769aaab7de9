import { expect, it } from "vitest";
import { parseUntil } from "./until.ts";

const NOW = Date.parse("2026-01-10T00:00:00Z");

it.each([
  [[], undefined],
  [["until=24h"], NOW - 86_400_000],
  [["until=1h30m"], NOW - 5_400_000],
  [["until=0.5s"], NOW - 500],
  [["until=2026-01-09"], Date.parse("2026-01-09T00:00:00Z")],
  [["until=2026-01-09T01:02:03Z"], Date.parse("2026-01-09T01:02:03Z")],
  [["until=1700000000"], 1_700_000_000_000],
])("%j is %s", (filters, expected) => {
  expect(parseUntil(filters, NOW)).toBe(expected);
});

it.each(["until=", "until=soon", "label=x", "until=3 days", ""])("refuses %j", (filter) => {
  expect(() => parseUntil([filter], NOW)).toThrow("expected until=TIME");
});
