import { expect, test } from "vitest";
import { orMax, sharesToWeight, swapToV2 } from "./convert.ts";

test("shares become weights: the ends meet, the order is kept, nothing leaves 1…10000", () => {
  expect([sharesToWeight(2), sharesToWeight(1024), sharesToWeight(262144)]).toEqual([1, 39, 10000]);
  const weights = Array.from({ length: 262143 }, (_, index) => sharesToWeight(index + 2));
  expect(weights.filter((weight) => !Number.isInteger(weight) || weight < 1 || weight > 10000)).toEqual([]);
  expect(weights.filter((weight, index) => weight < (weights[index - 1] ?? 0))).toEqual([]);
  expect([sharesToWeight(0), sharesToWeight(1e9)]).toEqual([1, 10000]);
});

test("swap alone is memory plus swap less memory", () => {
  for (const limit of [1, 4096, 2 ** 30]) {
    for (const extra of [0, 1, 4096, 2 ** 31]) expect(swapToV2(limit + extra, limit)).toBe(String(extra));
  }
  expect(swapToV2(-1, 64)).toBe("max");
  expect(swapToV2(-1, undefined)).toBe("max");
});

test("swap below the limit or without one is refused", () => {
  expect(() => swapToV2(63, 64)).toThrow("expected at least the limit");
  expect(() => swapToV2(64, undefined)).toThrow("needs a memory limit");
  expect(() => swapToV2(64, -1)).toThrow("needs a memory limit");
});

test("0 is a limit, -1 is none", () => {
  expect([orMax(0), orMax(-1), orMax(7)]).toEqual(["0", "max", "7"]);
});
