import { expect, it } from "vitest";
import { capabilitySets, chooseCapabilities, DEFAULT_CAPABILITIES } from "./capabilities.ts";

it("gives docker's fourteen", () => {
  expect(chooseCapabilities([], [])).toEqual(DEFAULT_CAPABILITIES);
  expect(DEFAULT_CAPABILITIES).toHaveLength(14);
});

it.each([
  [["net_admin"], ["ALL"], ["CAP_NET_ADMIN"]],
  [["CAP_SYS_TIME", "SYS_TIME"], ["all"], ["CAP_SYS_TIME"]],
  [["KILL"], ["KILL"], [...DEFAULT_CAPABILITIES.filter((name) => name !== "CAP_KILL"), "CAP_KILL"]],
  [[], ["cap_kill", "MKNOD"], DEFAULT_CAPABILITIES.filter((name) => !/KILL|MKNOD/.test(name))],
])("adds %j and drops %j", (added, dropped, expected) => {
  expect(chooseCapabilities(added, dropped)).toEqual(expected);
});

it("adds all 41 but what is dropped", () => {
  expect(chooseCapabilities(["ALL"], [])).toHaveLength(41);
  expect(chooseCapabilities(["ALL"], ["SYS_ADMIN"])).not.toContain("CAP_SYS_ADMIN");
});

it.each(["", "CAP_", "NOPE", "CAP_CAP_KILL", "KILL "])("refuses %j", (name) => {
  expect(() => chooseCapabilities([name], [])).toThrow("--cap-add");
  expect(() => chooseCapabilities([], [name])).toThrow("--cap-drop");
});

it("leaves nothing effective to a user who is not root", () => {
  const capabilities = ["CAP_KILL"];
  expect(capabilitySets(capabilities, 0)).toMatchObject({
    bounding: capabilities,
    effective: capabilities,
    permitted: capabilities,
  });
  expect(capabilitySets(capabilities, 33)).toEqual({
    bounding: capabilities,
    effective: [],
    permitted: [],
    inheritable: [],
    ambient: [],
  });
});
