import { expect, it } from "vitest";
import { grantLimits, grantOomScore, parseOomScore, parseUlimits, readGrantable } from "./resource-limits.ts";

const UNLIMITED = 2n ** 64n - 1n;

it("reads soft and hard, and the last of a name holds", () => {
  expect(parseUlimits(["nofile=1", "core=-1", "nofile=100:200", "nproc=5:-1"])).toEqual([
    { type: "RLIMIT_NOFILE", soft: 100n, hard: 200n },
    { type: "RLIMIT_CORE", soft: UNLIMITED, hard: UNLIMITED },
    { type: "RLIMIT_NPROC", soft: 5n, hard: UNLIMITED },
  ]);
});

it.each([
  ["nofile", /expected a name/],
  ["nofile=", /expected a name/],
  ["nofile=a", /expected a name/],
  ["nofile=1:2:3", /expected a name/],
  ["nofile=-2", /expected a name/],
  ["files=1", /invalid ulimit type: files/],
  ["NOFILE=1", /expected a name/],
  ["nofile=-1:5", /less than or equal/],
  ["nofile=6:5", /less than or equal/],
])("refuses --ulimit %s", (text, why) => {
  expect(() => parseUlimits([text])).toThrow(why);
});

it.each(["", "x", "1001", "-1001", "1.5"])("refuses --oom-score-adj %j", (text) => {
  expect(() => parseOomScore(text)).toThrow(/range for oom score adj is/);
});

const FILES: Record<string, string> = {
  status: "Name:\tx\nCapEff:\t000001fffeffffff\n",
  limits:
    "Limit                     Soft Limit           Hard Limit           Units     \n" +
    "Max core file size        0                    unlimited            bytes     \n" +
    "Max open files            1024                 20000                files     \n" +
    "Max nice priority         0                    0                    \n",
  oom_score_adj: "-5\n",
};

it("without CAP_SYS_RESOURCE nothing is raised, and what is less is said", () => {
  const own = readGrantable((name) => FILES[name] ?? "");
  expect(own).toMatchObject({ mayRaise: false, oomScore: -5 });
  const said: string[] = [];
  const report = (line: string): void => void said.push(line);
  const wanted = parseUlimits(["nofile=30000:40000", "core=-1", "nice=0"]);
  expect(grantLimits(wanted, own, report)).toEqual([
    { type: "RLIMIT_NOFILE", soft: 20000n, hard: 20000n },
    { type: "RLIMIT_CORE", soft: UNLIMITED, hard: UNLIMITED },
    { type: "RLIMIT_NICE", soft: 0n, hard: 0n },
  ]);
  expect(grantOomScore(-5, own, report)).toBe(-5);
  expect(said).toHaveLength(1);
  expect(grantOomScore(-6, own, report)).toBe(-5);
  expect(said).toHaveLength(2);
});

it("with it all is as it was asked for", () => {
  const own = readGrantable((name) => (name === "status" ? "CapEff:\t000001ffffffffff\n" : (FILES[name] ?? "")));
  const wanted = parseUlimits(["nofile=30000:40000"]);
  expect(grantLimits(wanted, own, () => expect.fail())).toBe(wanted);
  expect(grantOomScore(-1000, own, () => expect.fail())).toBe(-1000);
});
