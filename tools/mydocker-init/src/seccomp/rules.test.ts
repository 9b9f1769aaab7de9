import { describe, expect, it } from "vitest";
import { planSeccomp, seccompFlags } from "./rules.ts";

describe("planSeccomp", () => {
  it("translates actions, architectures and conditions", () => {
    const plan = planSeccomp({
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 38,
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
      syscalls: [
        { names: ["read", "write"], action: "SCMP_ACT_ALLOW" },
        {
          names: ["clone"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
        },
        { names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
      ],
    });
    expect(plan).toEqual([
      { name: "filter", args: [0x50000 + 38, 0] },
      { name: "architecture", args: ["x86_64"] },
      { name: "architecture", args: ["x32"] },
      { name: "rule", args: [0x7fff0000, "read"] },
      { name: "rule", args: [0x7fff0000, "write"] },
      { name: "rule", args: [0x7fff0000, "clone", 0, 7, 2114060288n, 0n] },
    ]);
  });

  it("makes several conditions on one argument alternatives", () => {
    const args = [0, 8].map((value) => ({ index: 0, value, op: "SCMP_CMP_EQ" }));
    const plan = planSeccomp({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [{ names: ["personality"], action: "SCMP_ACT_ALLOW", args }],
    });
    expect(plan.slice(1).map((entry) => entry.args)).toEqual([
      [0x7fff0000, "personality", 0, 4, 0n, 0n],
      [0x7fff0000, "personality", 0, 4, 8n, 0n],
    ]);
  });

  it.each([
    [{ defaultAction: "SCMP_ACT_NOTIFY" }, "SCMP_ACT_NOTIFY"],
    [{ defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 }, "errnoRet"],
  ])("refuses %j", (profile, message) => {
    expect(() => planSeccomp(profile)).toThrow(message);
  });

  it("refuses an unknown flag", () => {
    expect(() => seccompFlags({ defaultAction: "SCMP_ACT_ALLOW", flags: ["X"] })).toThrow('"X"');
  });
});
