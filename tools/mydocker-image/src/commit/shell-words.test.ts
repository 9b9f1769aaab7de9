import { describe, expect, it } from "vitest";
import { expandWord, splitWords } from "./shell-words.ts";

const variables = new Map([
  ["A", "one"],
  ["EMPTY", ""],
]);

it.each([
  ["a  b\tc", ["a", "b", "c"]],
  [`a="b c" 'd e'`, [`a="b c"`, "'d e'"]],
  ["a\\ b c", ["a\\ b", "c"]],
  [`"a \\" b" c`, [`"a \\" b"`, "c"]],
  ["  ", []],
])("splits %j", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

describe("expandWord", () => {
  it.each([
    ["$A", "one"],
    [`x\${A}y`, "xoney"],
    ["$NONE.", "."],
    ["'$A'", "$A"],
    ['"$A b"', "one b"],
    ["\\$A", "$A"],
    [`"\\$A \\n"`, "$A \\n"],
    [`\${NONE:-other $A}`, "other one"],
    [`\${A:-other}`, "one"],
    [`\${A:+instead}`, "instead"],
    [`\${EMPTY:+instead}`, ""],
    ["5$", "5$"],
    ["$1", "$1"],
  ])("%s is %s", (word, expected) => {
    expect(expandWord(word, variables)).toBe(expected);
  });

  it("refuses what is no variable", () => {
    expect(() => expandWord(`\${A`, variables)).toThrow("not a variable");
    expect(() => expandWord(`\${A:?x}`, variables)).toThrow("not a variable");
  });
});
