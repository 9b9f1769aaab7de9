import { deviceNumbers } from "@mydocker/system/device-numbers";
import { expect, it } from "vitest";
import { parseDevice } from "./device-spec.ts";

it.each([
  ["/dev/fuse", { host: "/dev/fuse", container: "/dev/fuse", access: "rwm" }],
  ["/dev/fuse:/dev/other", { host: "/dev/fuse", container: "/dev/other", access: "rwm" }],
  ["/dev/fuse:rw", { host: "/dev/fuse", container: "/dev/fuse", access: "rw" }],
  ["/dev/fuse::r", { host: "/dev/fuse", container: "/dev/fuse", access: "r" }],
  ["/dev/fuse:/dev/other:r", { host: "/dev/fuse", container: "/dev/other", access: "r" }],
  ["/dev/../dev//fuse:/x/../dev/a/:mr", { host: "/dev/fuse", container: "/dev/a", access: "mr" }],
  ["/dev/a:/../../../b", { host: "/dev/a", container: "/b", access: "rwm" }],
])("%s", (text, expected) => {
  expect(parseDevice(text)).toEqual(expected);
});

it.each([
  ["", /not an absolute path/],
  ["fuse", /not an absolute path/],
  ["/dev/fuse:fuse", /not an absolute path/],
  ["/dev/fuse:rr", /not an absolute path/],
  ["/dev/fuse:/dev/x:", /bad mode/],
  ["/dev/fuse:/dev/x:rwx", /bad mode/],
  ["/dev/fuse:/dev/x:rr", /bad mode/],
  ["/dev/fuse:/dev/x:r:w", /at most/],
  ["/dev/fuse:/", /cannot be a device/],
  ["/dev/fuse:/dev/..", /cannot be a device/],
  ["/dev/fu\0se", /at most/],
])("refuses %j", (text, why) => {
  expect(() => parseDevice(text)).toThrow(why);
});

it("splits numbers as the C library does", () => {
  expect(deviceNumbers(0x0103)).toEqual({ major: 1, minor: 3 });
  // The largest minor, and the largest of both, that the kernel has.
  expect(deviceNumbers(0xfff103ff)).toEqual({ major: 0x103, minor: 0xfffff });
  expect(deviceNumbers(0xffffffff)).toEqual({ major: 0xfff, minor: 0xfffff });
  // What the kernel does not have yet, but the encoding does.
  expect(deviceNumbers(2 ** 44 + 2 ** 32)).toEqual({ major: 0x1000, minor: 0x100000 });
});
