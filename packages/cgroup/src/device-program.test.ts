import type { OciDeviceRule } from "@mydocker/oci";
import { expect, test } from "vitest";
import { deviceProgram } from "./device-program.ts";
import { devicePolicy } from "./device-rules.ts";

interface Access {
  type: "b" | "c";
  major: number;
  minor: number;
  /** Letters of `rwm`. */
  letters: string;
}

const ACCESS: Record<string, number> = { m: 1, r: 2, w: 4 };

/** What the kernel would answer: the instructions that the compiler uses, on 32-bit registers. */
function interpret(program: Uint8Array, access: Access): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const bits = [...access.letters].reduce((mask, letter) => mask | (ACCESS[letter] ?? 0), 0);
  const context = [(bits << 16) | (access.type === "b" ? 1 : 2), access.major, access.minor];
  const registers = new Array<number>(11).fill(0);
  for (let at = 0, steps = 0; ; at += 1, steps += 1) {
    if (at * 8 >= program.length || steps > 10_000) throw new Error("the program does not end");
    const destination = view.getUint8(at * 8 + 1) & 15;
    const source = view.getUint8(at * 8 + 1) >> 4;
    const offset = view.getInt16(at * 8 + 2, true);
    const immediate = view.getUint32(at * 8 + 4, true);
    const value = (registers[destination] ?? 0) >>> 0;
    switch (view.getUint8(at * 8)) {
      case 0x61:
        registers[destination] = context[offset / 4] ?? Number.NaN;
        break;
      case 0xb4:
        registers[destination] = immediate;
        break;
      case 0xbc:
        registers[destination] = registers[source] ?? 0;
        break;
      case 0x54:
        registers[destination] = (value & immediate) >>> 0;
        break;
      case 0x74:
        registers[destination] = value >>> immediate;
        break;
      case 0x05:
        at += offset;
        break;
      case 0x56:
        if (value !== immediate) at += offset;
        break;
      case 0x46:
        if ((value & immediate) !== 0) at += offset;
        break;
      case 0x95:
        return registers[0] === 1;
      default:
        throw new Error(`instruction ${view.getUint8(at * 8)} at ${at}`);
    }
  }
}

/** The rules as the spec has them: each letter is decided by the last rule that speaks of it; then what always holds. */
function evaluate(rules: OciDeviceRule[], access: Access): boolean {
  const fits = (number: number | undefined, asked: number) => number === undefined || number < 0 || number === asked;
  const speaks = (rule: OciDeviceRule, letter: string) =>
    (rule.type === undefined || rule.type === "a" || rule.type === access.type) &&
    fits(rule.major, access.major) &&
    fits(rule.minor, access.minor) &&
    (rule.access ?? "rwm").includes(letter);
  return [...access.letters].every(
    (letter) => isDefault(access, letter) || rules.findLast((rule) => speaks(rule, letter))?.allow === true,
  );
}

function isDefault({ type, major, minor }: Access, letter: string): boolean {
  if (letter === "m") return true;
  return (
    type === "c" &&
    (["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2"].includes(`${major}:${minor}`) || major === 136)
  );
}

/** A generator of its own, so that what fails can be run again (Park and Miller's). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

const LETTERS = ["r", "w", "m", "rw", "rm", "wm", "rwm"];

function makeRules(next: (below: number) => number): OciDeviceRule[] {
  return Array.from({ length: next(7) + 1 }, () => ({
    allow: next(2) === 0,
    ...([{}, { type: "a" as const }, { type: "b" as const }, { type: "c" as const }, { type: "c" as const }][next(5)] ??
      {}),
    ...([{}, { major: -1 }, { major: 1 }, { major: 8 }, { major: 136 }][next(5)] ?? {}),
    ...([{}, { minor: -1 }, { minor: 3 }, { minor: 0 }, { minor: 1_048_575 }][next(5)] ?? {}),
    ...(next(3) === 0 ? {} : { access: LETTERS[next(LETTERS.length)] ?? "r" }),
  }));
}

function everyAccess(): Access[] {
  const types = ["b", "c"] as const;
  return types.flatMap((type) =>
    [1, 5, 8, 136].flatMap((major) =>
      [0, 3, 9, 1_048_575].flatMap((minor) => LETTERS.map((letters) => ({ type, major, minor, letters }))),
    ),
  );
}

test("the program answers as the rules say, for rules of every kind", () => {
  const accesses = everyAccess();
  let allowed = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const rules = makeRules(random(seed * 7919));
    const program = deviceProgram(rules) ?? new Uint8Array();
    for (const access of accesses) {
      const expected = evaluate(rules, access);
      if (interpret(program, access) !== expected) expect({ rules, access, expected }).toBe("as the program says");
      if (expected) allowed += 1;
    }
  }
  // Neither answer is the rule: the cases tell something.
  expect(allowed).toBeGreaterThan(300 * accesses.length * 0.2);
  expect(allowed).toBeLessThan(300 * accesses.length * 0.9);
});

test("docker's list: nothing but what it names and the default devices", () => {
  const program =
    deviceProgram([
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 10, minor: 200, access: "rw" },
    ]) ?? new Uint8Array();
  const ask = (type: "b" | "c", major: number, minor: number, letters: string) =>
    interpret(program, { type, major, minor, letters });
  expect([ask("c", 10, 200, "rw"), ask("c", 1, 3, "rw"), ask("c", 136, 7, "w"), ask("b", 8, 0, "m")]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([ask("c", 10, 200, "rwm"), ask("c", 10, 229, "r"), ask("b", 8, 0, "r"), ask("b", 8, 0, "rm")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("a program is as long as its rules, ends in an answer, and is none for no rules", () => {
  expect(deviceProgram([])).toBeUndefined();
  const program = deviceProgram([{ allow: true }]) ?? new Uint8Array();
  expect(program.length % 8).toBe(0);
  expect(program.at(-8)).toBe(0x95);
  expect(devicePolicy([{ allow: true }])?.allowByDefault).toBe(true);
});
