import { expect, test } from "vitest";
import { blkioWeightToIoWeight, orMax, sharesToWeight, swapToV2 } from "./convert.ts";
import { memoryLimits } from "./read-limits.ts";

/** Every whole number from `from` to `to`. */
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Where a property does not hold; two or three say more than a hundred thousand. */
const exceptions = (numbers: number[], holds: (number: number) => boolean) =>
  numbers.filter((number) => !holds(number)).slice(0, 3);

// crun.1.md, "CPU controller": 1 + ((shares - 2) * 9999) / 262142.
test("shares to weight: crun's formula at its ends and at the default", () => {
  expect([2, 1024, 262144].map(sharesToWeight)).toEqual([1, 39, 10_000]);
  expect([0, 1, 262145, 2 ** 40].map(sharesToWeight)).toEqual([1, 1, 10_000, 10_000]);
});

test("shares to weight: never less for more, always one that the kernel takes, in whole numbers", () => {
  const shares = range(2, 262144);
  expect(exceptions(shares, (each) => sharesToWeight(each + 1) >= sharesToWeight(each))).toEqual([]);
  expect(
    exceptions(shares, (each) => {
      const weight = sharesToWeight(each);
      return Number.isInteger(weight) && weight >= 1 && weight <= 10_000;
    }),
  ).toEqual([]);
  // The whole of the range is used: no two neighbouring weights are left out between.
  expect(new Set(shares.map(sharesToWeight)).size).toBe(10_000);
});

test("shares to weight: one step of a weight is as many shares as its part of the range", () => {
  expect(
    exceptions(range(1, 10_000), (weight) => {
      const shares = Math.ceil(((weight - 1) * 262142) / 9999) + 2;
      return sharesToWeight(shares) === weight && (weight === 1 || sharesToWeight(shares - 1) === weight - 1);
    }),
  ).toEqual([]);
});

// crun.1.md, "IO controller": 1 + ((weight - 10) * 9999) / 990.
test("block I/O weight to io.weight: crun's formula, never less for more", () => {
  expect([10, 500, 1000].map(blkioWeightToIoWeight)).toEqual([1, 4950, 10_000]);
  const weights = range(10, 999);
  expect(exceptions(weights, (each) => blkioWeightToIoWeight(each + 1) > blkioWeightToIoWeight(each))).toEqual([]);
});

test("memory plus swap to swap alone, and back", () => {
  const sizes = [1, 4096, 2 ** 20, 2 ** 31 - 1, 2 ** 40 + 4096, 2 ** 52];
  for (const limit of sizes) {
    for (const more of [0, ...sizes]) {
      const swap = limit + more;
      expect(swapToV2(swap, limit)).toBe(String(more));
      const files: Record<string, string> = { "memory.max": String(limit), "memory.swap.max": swapToV2(swap, limit) };
      expect(memoryLimits(2, (file) => files[file])).toEqual({ limit, swap });
    }
    expect(swapToV2(-1, limit)).toBe("max");
    expect(() => swapToV2(limit - 1, limit)).toThrow("memory plus swap");
  }
});

test.each([undefined, 0, -1])("swap beside a memory limit of %s is refused", (limit) => {
  expect(() => swapToV2(4096, limit)).toThrow("needs a memory limit beside it");
});

test("no limit is max, and a number is written whole", () => {
  expect([-1, 0, 1, 2 ** 53].map(orMax)).toEqual(["max", "0", "1", "9007199254740992"]);
});
