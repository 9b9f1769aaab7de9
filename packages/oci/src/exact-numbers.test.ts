import { describe, expect, it } from "vitest";
import { parseExact, stringifyExact } from "./exact-numbers.ts";

describe("numbers of 64 bits", () => {
  it.each(["9007199254740993", "9223372036854775807", "18446744073709551615", "18446744073709551614"])(
    "%s is exact where it matters, and is written as it was read",
    (digits) => {
      const text = `{"args":[{"value":${digits},"valueTwo":${digits}}],"soft":${digits},"hard":1}`;
      const value = parseExact(text);
      const exact = BigInt(digits);
      expect(value).toEqual({ args: [{ value: exact, valueTwo: exact }], soft: exact, hard: 1 });
      expect(stringifyExact(value)).toBe(text);
    },
  );

  it("what a number holds exactly stays one, and so does what is elsewhere", () => {
    expect(parseExact('{"value":9223372036854771712,"limit":9223372036854775807,"soft":9007199254740991}')).toEqual({
      ...{ value: 2 ** 63 - 4096, limit: 2 ** 63, soft: 2 ** 53 - 1 },
    });
  });

  it("text that looks like a number, or like what marks one, stays text", () => {
    const value = {
      value: "18446744073709551615",
      a: 'quote " 18446744073709551615, \\',
      marks: ["exact-0:18446744073709551615", "exact-1:5"],
      "18446744073709551615": [1.5, -1e21, true, null],
      soft: 2n ** 64n - 1n,
    };
    expect(parseExact(stringifyExact(value))).toEqual(value);
    // The same mark, written with escapes.
    const escaped = '{"a":"\\u0065xact-0:1234567890123456","soft":18446744073709551615}';
    expect(parseExact(escaped)).toEqual({ a: "exact-0:1234567890123456", soft: 2n ** 64n - 1n });
  });

  it("is JSON.parse and JSON.stringify for all else, errors too", () => {
    const value = { a: [1, "x", null], b: { c: true } };
    expect(parseExact(JSON.stringify(value))).toEqual(value);
    expect(stringifyExact(value)).toBe(JSON.stringify(value));
    expect(() => parseExact("{")).toThrow(SyntaxError);
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => stringifyExact(loop)).toThrow(TypeError);
  });
});
