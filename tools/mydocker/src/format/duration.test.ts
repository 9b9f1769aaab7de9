import { expect, test } from "vitest";
import { humanDuration, listingTime } from "./duration.ts";
import { humanSize } from "./size.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

test.each([
  [0, "Less than a second"],
  [1.5 * SECOND, "1 second"],
  [59 * SECOND, "59 seconds"],
  [60 * SECOND, "About a minute"],
  [119 * SECOND, "About a minute"],
  [120 * SECOND, "2 minutes"],
  [HOUR, "About an hour"],
  [1.6 * HOUR, "2 hours"],
  [47 * HOUR, "47 hours"],
  [48 * HOUR, "2 days"],
  [13 * 24 * HOUR, "13 days"],
  [14 * 24 * HOUR, "2 weeks"],
  [59 * 24 * HOUR, "8 weeks"],
  [60 * 24 * HOUR, "2 months"],
  [3 * 365 * 24 * HOUR, "3 years"],
])("%d ms: %s", (milliseconds, expected) => {
  expect(humanDuration(milliseconds)).toBe(expected);
});

test.each([
  [0, "0B"],
  [999, "999B"],
  [4_261_550, "4.26MB"],
  [124_000_000, "124MB"],
  [1_020_000_000, "1.02GB"],
])("%d bytes: %s", (bytes, expected) => {
  expect(humanSize(bytes)).toBe(expected);
});

test("times of a list are in docker's form", () => {
  expect(listingTime("2026-01-31T12:34:56.789Z")).toBe("2026-01-31 12:34:56 +0000 UTC");
});
