import { expect, test } from "vitest";
import { deviceLines } from "./device-rules.ts";

test("rules are written in the order listed", () => {
  expect(
    deviceLines([
      { allow: true, type: "b", major: 8, minor: -1, access: "r" },
      { allow: true, type: "c", major: 1, minor: 3 },
    ]),
  ).toEqual([
    { file: "devices.allow", line: "b 8:* r" },
    { file: "devices.allow", line: "c 1:3 rwm" },
  ]);
});

test("after a denial the default devices stay usable, each allowed once", () => {
  const lines = deviceLines([
    { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  ]);
  expect(lines[1]).toEqual({ file: "devices.deny", line: "a *:* rwm" });
  const allowed = lines.slice(2).map(({ line }) => line);
  expect(new Set(allowed).size).toBe(allowed.length);
  expect(allowed).toEqual(expect.arrayContaining(["c 1:3 rwm", "c 1:5 rwm", "c 136:* rwm", "c *:* m", "b *:* m"]));
});

test("no rules, nothing written", () => {
  expect(deviceLines([])).toEqual([]);
});
