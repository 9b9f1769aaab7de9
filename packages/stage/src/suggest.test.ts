import { expect, it } from "vitest";
import { suggest } from "./suggest.ts";

it.each([
  ["memroy", "memory"],
  ["pubish", "publish"],
  ["nmae", "name"],
  ["xyzzy", undefined],
  ["m", undefined],
])("%s → %s", (word, meant) => {
  expect(suggest(word, ["memory", "publish", "name"])).toBe(meant);
});
