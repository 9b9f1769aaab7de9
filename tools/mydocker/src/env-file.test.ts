import { expect, test } from "vitest";
import { parseEnvFile, readEnvironment } from "./env-file.ts";

test("an env file is taken as it stands", () => {
  expect(parseEnvFile("# note\n\nA=1\r\n  B= two words # not a note\nC='q'\nD\n", "f")).toEqual([
    ...["A=1", "B= two words # not a note", "C='q'", "D"],
  ]);
});

test("a name alone takes our own value, or is left out", () => {
  expect(readEnvironment([], ["A=1", "HOME", "NOT_SET"], { HOME: "/root" })).toEqual(["A=1", "HOME=/root"]);
});

test.each(["=x", "A B=x"])("%s is refused", (line) => {
  expect(() => parseEnvFile(line, "f")).toThrow(/expected KEY=VALUE/);
});
