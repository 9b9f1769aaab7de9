import { describe, expect, it } from "vitest";
import { encodePlan } from "./encode.ts";
import { operation } from "./operations.ts";

describe("encodePlan", () => {
  it("frames numbers, texts and bytes with their lengths", () => {
    const plan = encodePlan([operation("clone", 0x2000_0000), operation("hostname", "öx")]);
    expect(plan.subarray(0, 8).toString()).toBe("MDPLAN01");
    expect(plan.readUInt32LE(8)).toBe(2);
    expect(plan.readUInt32LE(12)).toBe(plan.length - 16);
    expect(plan.subarray(16).toString("hex")).toBe(
      "0700010009000000" + "010000002000000000" + "2301010008000000" + "0203000000c3b678",
    );
  });

  it("tells texts apart, empty ones too", () => {
    const plan = encodePlan([operation("environment", "", "A=1", ""), operation("hostname", "h")]);
    expect(plan.subarray(24).toString("hex")).toMatch(
      /^02000000000203000000413d310200000000230101000600000002010000006(8)$/,
    );
    expect(encodePlan([operation("clone", 0)]).length).toBe(16 + 8 + 9);
  });

  it("refuses numbers that 64 bits do not hold, and what is no whole number", () => {
    for (const number of [-1, 0.5, 2 ** 53, Number.NaN, 2n ** 64n, -1n]) {
      expect(() => encodePlan([operation("bounding", number)])).toThrow("does not fit into 64 bits");
    }
  });

  it("carries 64-bit numbers whole", () => {
    expect(
      encodePlan([operation("bounding", 2 ** 40 + 5)])
        .subarray(-8)
        .toString("hex"),
    ).toBe("0500000000010000");
    const plan = encodePlan([operation("bounding", 2n ** 64n - 1n)]);
    expect(plan.subarray(-8).toString("hex")).toBe("ffffffffffffffff");
  });

  it("takes more arguments than a byte counts, and texts larger than 64 KiB", () => {
    const variables = Array.from({ length: 1000 }, (_, index) => `V${index}=${"x".repeat(100)}`);
    const plan = encodePlan([operation("environment", ...variables, `BIG=${"y".repeat(100_000)}`)]);
    expect(plan.readUInt16LE(18)).toBe(1001);
    expect(plan.length).toBeGreaterThan(200_000);
  });

  it("refuses a text with a NUL byte, which C would cut", () => {
    expect(() => encodePlan([operation("hostname", "a\0b")])).toThrow("NUL");
  });

  it("refuses a plan larger than the shim takes", () => {
    expect(() => encodePlan([operation("hostname", "x".repeat(17 * 1024 * 1024))])).toThrow("plan of");
  });
});
