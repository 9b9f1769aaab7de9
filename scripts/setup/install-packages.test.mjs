import { expect, test } from "vitest";
import { missingPackages } from "./install-packages.mjs";

test("a package is missing where it is not installed, and listed once", () => {
  expect(missingPackages(["jq", "gcc", "jq"], new Set(["gcc"]))).toEqual(["jq"]);
});

test("one of several alternatives is enough", () => {
  const wanted = ["netavark|containernetworking-plugins"];
  expect(missingPackages(wanted, new Set(["containernetworking-plugins"]))).toEqual([]);
  expect(missingPackages(wanted, new Set())).toEqual(wanted);
});

test("one that can be done without is missing in the same way", () => {
  expect(missingPackages(["qemu-system-x86?"], new Set(["qemu-system-x86"]))).toEqual([]);
  expect(missingPackages(["qemu-system-x86?"], new Set())).toEqual(["qemu-system-x86?"]);
});
