import { expect, test } from "vitest";
import { parseSize } from "./parse-size.ts";

test.each([
  ["0", 0],
  ["512", 512],
  ["512b", 512],
  ["1k", 1024],
  ["1KB", 1024],
  ["64m", 67_108_864],
  ["64M", 67_108_864],
  ["64MiB", 67_108_864],
  ["64 m", 67_108_864],
  ["1.5g", 1_610_612_736],
  ["2t", 2_199_023_255_552],
  ["0.5", 0],
])("%s is %d bytes", (text, bytes) => {
  expect(parseSize("--memory", text)).toBe(bytes);
});

test.each(["", "m", "-1", "-64m", "64q", "1e9", "64mm", "64 m b", "0x10", "NaN", "1..5g", ".5g", "99999999p", "64m\n"])(
  "%j is refused",
  (text) => {
    expect(() => parseSize("--memory", text)).toThrow("--memory: expected a size such as 256m");
  },
);

test("every size survives being written in every unit", () => {
  for (const [power, unit] of ["b", "k", "m", "g", "t"].entries()) {
    for (const number of [1, 7, 1023, 1024]) {
      expect(parseSize("-m", `${number}${unit}`)).toBe(number * 1024 ** power);
    }
  }
});
