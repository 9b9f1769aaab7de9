import { expect, it } from "vitest";
import { commandLine } from "./command-line.ts";

it.each([
  [[], ["sh"], undefined, [], ["sh"]],
  [[], ["sh"], undefined, ["ls", "-l"], ["ls", "-l"]],
  [["/e"], ["c"], undefined, [], ["/e", "c"]],
  [["/e"], ["c"], undefined, ["a"], ["/e", "a"]],
  [["/e"], ["c"], "/x", [], ["/x"]],
  [["/e"], ["c"], "/x", ["a"], ["/x", "a"]],
  [["/e"], ["c"], "", ["a"], ["a"]],
])("entrypoint %j, command %j, --entrypoint %j, arguments %j", (entrypoint, cmd, override, args, expected) => {
  expect(commandLine({ entrypoint, cmd, override, args })).toEqual(expected);
});

it("refuses nothing at all", () => {
  expect(() => commandLine({ entrypoint: [], cmd: [], override: undefined, args: [] })).toThrow("no command");
  expect(() => commandLine({ entrypoint: ["/e"], cmd: ["c"], override: "", args: [] })).toThrow("no command");
});
