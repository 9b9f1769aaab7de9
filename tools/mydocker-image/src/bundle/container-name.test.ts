import { expect, it } from "vitest";
import { generateName } from "./container-name.ts";

it("generates many different names of two words", () => {
  const names = Array.from({ length: 200 }, () => generateName(0));
  expect(names.every((name) => /^[a-z]+_[a-z]+$/.test(name))).toBe(true);
  expect(new Set(names).size).toBeGreaterThan(150);
});

it("adds digits when names are scarce", () => {
  expect(generateName(3)).toMatch(/^[a-z]+_[a-z]+\d{1,3}$/);
});
