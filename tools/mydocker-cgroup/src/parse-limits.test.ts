import { expect, test } from "vitest";
import type { LimitFlags } from "./limit-flags.ts";
import { type HostFacts, mergeResources, parseLimits } from "./parse-limits.ts";

const MIB = 2 ** 20;
const HOST: HostFacts = { cpus: () => 4, cpuset: (file) => (file === "cpus" ? "0-3" : "0"), canLimitSwap: () => true };

const NONE: LimitFlags = {
  memory: undefined,
  "memory-swap": undefined,
  "memory-reservation": undefined,
  cpus: undefined,
  "cpu-shares": undefined,
  "cpuset-cpus": undefined,
  "cpuset-mems": undefined,
  "pids-limit": undefined,
};

const parse = (flags: Partial<LimitFlags>, host = HOST) => parseLimits({ ...NONE, ...flags }, host);

test("no flag, no limit", () => {
  expect(parse({})).toEqual({});
});

test("every flag has its member", () => {
  expect(
    parse({
      memory: "64m",
      "memory-swap": "96m",
      "memory-reservation": "32m",
      cpus: "1.5",
      "cpu-shares": "512",
      "cpuset-cpus": "0,2-3",
      "cpuset-mems": "0",
      "pids-limit": "20",
    }),
  ).toEqual({
    memory: { limit: 64 * MIB, swap: 96 * MIB, reservation: 32 * MIB },
    cpu: { shares: 512, quota: 150_000, period: 100_000, cpus: "0,2-3", mems: "0" },
    pids: { limit: 20 },
  });
});

test("memory plus swap is twice the memory where swap can be limited", () => {
  expect(parse({ memory: "64m" }).memory).toEqual({ limit: 64 * MIB, swap: 128 * MIB });
  expect(parse({ memory: "64m" }, { ...HOST, canLimitSwap: () => false }).memory).toEqual({ limit: 64 * MIB });
  expect(parse({ memory: "64m", "memory-swap": "-1" }).memory?.swap).toBe(-1);
  expect(parse({ memory: "64m", "memory-swap": "0" }).memory?.swap).toBe(128 * MIB);
  expect(parse({ memory: "6m" }).memory?.limit).toBe(6 * MIB);
});

test("an unlimited swap needs no swap accounting, a limit does", () => {
  const without = { ...HOST, canLimitSwap: () => false };
  expect(parse({ memory: "64m", "memory-swap": "-1" }, without).memory).toEqual({ limit: 64 * MIB });
  expect(() => parse({ memory: "64m", "memory-swap": "96m" }, without)).toThrow("cannot limit swap");
});

test("0 means not set, and unlimited for pids, as docker has it", () => {
  expect(parse({ memory: "0", cpus: "0", "cpu-shares": "0" })).toEqual({});
  expect(parse({ "pids-limit": "0" }).pids).toEqual({ limit: -1 });
  expect(parse({ "pids-limit": "-1" }).pids).toEqual({ limit: -1 });
});

test.each<[Partial<LimitFlags>, string]>([
  [{ memory: "5m" }, "Minimum memory limit allowed is 6MB"],
  [{ memory: "6291455" }, "Minimum memory limit allowed is 6MB"],
  [{ "memory-reservation": "1m" }, "Minimum memory reservation allowed is 6MB"],
  [{ memory: "64m", "memory-reservation": "65m" }, "can not be less than memory reservation limit"],
  [{ "memory-swap": "64m" }, "always set the Memory limit"],
  [{ memory: "64m", "memory-swap": "63m" }, "should be larger than memory limit"],
  [{ memory: "64m", "memory-swap": "-2" }, "--memory-swap: expected a size"],
  [{ cpus: "4.01" }, "range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"],
  [{ cpus: "0.001" }, "range of CPUs is from 0.01 to 4.00"],
  [{ cpus: "-1" }, "--cpus: expected a number of CPUs"],
  [{ cpus: "1e0" }, "--cpus: expected a number of CPUs"],
  [{ cpus: "." }, "--cpus: expected a number of CPUs"],
  [{ "cpu-shares": "1" }, "minimum allowed cpu-shares is 2"],
  [{ "cpu-shares": "262145" }, "from 0 to 262144"],
  [{ "cpuset-cpus": "4" }, "Requested CPUs are not available - requested 4, available: 0-3"],
  [{ "cpuset-cpus": "1-0" }, "expected a list such as 0-2,7"],
  [{ "cpuset-cpus": "0;1" }, "expected a list such as 0-2,7"],
  [{ "cpuset-mems": "1" }, "Requested memory nodes are not available"],
  [{ "pids-limit": "-2" }, "expected a whole number from -1"],
  [{ "pids-limit": "many" }, "expected a whole number from -1"],
  [{ "pids-limit": "1.5" }, "expected a whole number from -1"],
])("%j is refused", (flags, message) => {
  expect(() => parse(flags)).toThrow(message);
});

test("the config's own limits stay where no flag speaks", () => {
  const own = {
    devices: [{ allow: false }],
    memory: { limit: 1, swappiness: 3 },
    cpu: { shares: 7 },
    pids: { limit: 9 },
  };
  expect(mergeResources(own, { memory: { limit: 2 }, pids: { limit: 5 } })).toEqual({
    devices: [{ allow: false }],
    memory: { limit: 2, swappiness: 3 },
    cpu: { shares: 7 },
    pids: { limit: 5 },
  });
});
