import { describe, expect, it } from "vitest";
import { parseSignal } from "./signal.ts";

describe("parseSignal", () => {
  it.each([
    ["9", 9],
    ["KILL", 9],
    ["sigterm", 15],
    ["RTMIN+3", 37],
    ["SIGRTMAX", 64],
    ["64", 64],
  ])("%s", (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  it.each(["0", "65", "", "FOO", "-1", "9x", "RTMIN-1000"])("refuses %j", (text) => {
    expect(() => parseSignal(text)).toThrow("expected a name");
  });
});
