import type { OciDeviceRule } from "@mydocker/oci";
import { expect, test } from "vitest";
import { deviceLines } from "./device-rules.ts";

/** Without the default devices, which every list ends with. */
function linesOf(rules: OciDeviceRule[]): string[] {
  const always = new Set(deviceLines([{ allow: false }]).map(({ line }) => line));
  const lines = deviceLines(rules).map(({ file, line }) => `${file.slice("devices.".length)} ${line}`);
  return lines.filter((line, index) => index === 0 || !always.has(line.slice(line.indexOf(" ") + 1)));
}

test("a list says what is allowed; all else is denied, whether or not it says so", () => {
  const rules: OciDeviceRule[] = [
    { allow: true, type: "b", major: 8, minor: -1, access: "r" },
    { allow: true, type: "c", major: 10, minor: 229 },
  ];
  const lines = ["deny a *:* rwm", "allow b 8:* r", "allow c 10:229 rwm"];
  expect(linesOf(rules)).toEqual(lines);
  expect(linesOf([{ allow: false, access: "rwm" }, ...rules])).toEqual(lines);
});

test("the default devices stay usable, each allowed once", () => {
  const lines = deviceLines([
    { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  ]);
  expect(lines[0]).toEqual({ file: "devices.deny", line: "a *:* rwm" });
  const allowed = lines.slice(1).map(({ line }) => line);
  expect(new Set(allowed).size).toBe(allowed.length);
  expect(allowed).toEqual(expect.arrayContaining(["c 1:3 rwm", "c 1:5 rwm", "c 136:* rwm", "c *:* m", "b *:* m"]));
});

test("a rule for all devices makes those before it void, a later rule wins over an earlier one", () => {
  const tun: OciDeviceRule = { allow: true, type: "c", major: 10, minor: 200, access: "rw" };
  expect(linesOf([tun, { allow: false }])).toEqual(["deny a *:* rwm"]);
  expect(linesOf([{ allow: false }, tun, { ...tun, allow: false, access: "w" }])).toEqual([
    "deny a *:* rwm",
    "allow c 10:200 r",
  ]);
  expect(linesOf([{ allow: false }, tun, { allow: false, type: "c", major: 10 }])).toEqual(["deny a *:* rwm"]);
  expect(linesOf([{ allow: true }, { ...tun, allow: false }])).toEqual(["allow a *:* rwm", "deny c 10:200 rw"]);
});

test("a rule without a type is for both; with a number it is no rule for all", () => {
  expect(linesOf([{ allow: true, major: 7, access: "r" }])).toEqual([
    "deny a *:* rwm",
    "allow b 7:* r",
    "allow c 7:* r",
  ]);
  expect(linesOf([{ allow: true, type: "a", access: "r" }])).toEqual([
    "deny a *:* rwm",
    "allow b *:* rm",
    "allow c *:* rm",
  ]);
});

test("an exception within an exception is refused: v1 has none", () => {
  const wide: OciDeviceRule = { allow: true, type: "c", major: 10, access: "rw" };
  const narrow: OciDeviceRule = { allow: false, type: "c", major: 10, minor: 200, access: "rw" };
  expect(() => deviceLines([wide, narrow])).toThrow('cgroup v1 cannot deny "c 10:200 rw" within "c 10:* rw"');
  expect(() => deviceLines([wide, { ...narrow, access: "m" }])).not.toThrow();
});

test("no rules, nothing written", () => {
  expect(deviceLines([])).toEqual([]);
});
