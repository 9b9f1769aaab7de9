import { expect, test } from "vitest";
import { countTests } from "./count-tests.mjs";

const file = (status, ...statuses) => ({
  name: `${status}.test.ts`,
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
});

test("counts over all files; what did not run is skipped", () => {
  const report = { testResults: [file("passed", "passed", "pending", "todo"), file("failed", "failed", "passed")] };
  expect(countTests(report)).toEqual({ passed: 2, failed: 1, skipped: 2, broken: [] });
});

test("a file that fails outside of its tests is a failure", () => {
  const report = { testResults: [file("failed"), file("passed", "passed")] };
  expect(countTests(report)).toEqual({ passed: 1, failed: 1, skipped: 0, broken: ["failed.test.ts"] });
});
