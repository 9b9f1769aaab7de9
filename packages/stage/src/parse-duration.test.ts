import { expect, test } from "vitest";
import { parseDuration } from "./parse-duration.ts";

test("an interval is Go's duration", () => {
  expect(["500ms", "5s", "1m30s", "1.5s", "1h"].map((text) => parseDuration("--interval", text))).toEqual([
    500, 5000, 90_000, 1500, 3_600_000,
  ]);
});

test.each(["", "5", "s", "0s", "-1s", "5s later", "1d"])("%j is none", (text) => {
  expect(() => parseDuration("--interval", text)).toThrow("expected a time such as");
});
