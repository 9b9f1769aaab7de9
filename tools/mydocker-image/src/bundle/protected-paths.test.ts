import { expect, it } from "vitest";
import { maskedPaths, parseCpuList } from "./protected-paths.ts";

it.each([
  ["0\n", [0]],
  ["0-3\n", [0, 1, 2, 3]],
  ["0-1,4,6-7", [0, 1, 4, 6, 7]],
])("reads %j", (text, expected) => {
  expect(parseCpuList(text)).toEqual(expected);
});

it("masks what docker masks", () => {
  expect(maskedPaths()).toEqual(expect.arrayContaining(["/proc/kcore", "/proc/keys", "/sys/firmware"]));
});
