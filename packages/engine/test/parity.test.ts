import * as realOs from "node:os";
import realPath from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

// The engine's modules look for what C gives them when they are loaded. Here it is Node that gives it.
let own: {
  Buffer: typeof import("../src/buffer.ts").SmallBuffer;
  path: typeof import("../src/node/path.ts");
  signals: Record<string, number>;
  createHash: typeof import("../src/node/crypto.ts").createHash;
};
beforeAll(async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  Object.assign(globalThis, { mydockerHost: { encode, decode, directory: () => process.cwd() } });
  own = {
    Buffer: (await import("../src/buffer.ts")).SmallBuffer,
    path: await import("../src/node/path.ts"),
    signals: (await import("../src/node/os.ts")).constants.signals,
    createHash: (await import("../src/node/crypto.ts")).createHash,
  };
});

const PATHS = [
  "",
  "/",
  "//",
  ".",
  "..",
  "a",
  "a/",
  "/a",
  "/a/",
  "//a//b",
  "//a",
  "a/b/c.ts",
  "a/../b",
  "../a",
  "/../a",
  "a/./b/..",
  "/a/b/../../..",
  "./",
  "a/..",
];

describe("node:path", () => {
  it.each(PATHS)("%j: normalize, dirname, basename, isAbsolute, resolve", (path) => {
    for (const name of ["normalize", "dirname", "basename", "isAbsolute", "resolve"] as const) {
      expect([name, own.path[name](path)]).toEqual([name, realPath[name](path)]);
    }
    expect(own.path.basename(path, ".ts")).toBe(realPath.basename(path, ".ts"));
  });

  it("join, resolve and relative, of every two", () => {
    for (const one of PATHS) {
      for (const other of PATHS) {
        for (const name of ["join", "resolve", "relative"] as const) {
          expect([name, one, other, own.path[name](one, other)]).toEqual([
            name,
            one,
            other,
            realPath[name](one, other),
          ]);
        }
      }
    }
  });
});

it("node:os has the same signals", () => {
  expect(own.signals).toEqual(realOs.constants.signals);
});

describe("Buffer", () => {
  it.each(["", "plain", "ümläut €", "😀", "\ud800 alone", "\0"])("%j in UTF-8", (text) => {
    const [mine, real] = [own.Buffer.from(text), Buffer.from(text)];
    expect([...mine]).toEqual([...real]);
    expect(mine.toString()).toBe(real.toString());
    expect(mine.toString("hex")).toBe(real.toString("hex"));
    expect(mine.toString("latin1")).toBe(real.toString("latin1"));
    expect(own.Buffer.byteLength(text)).toBe(Buffer.byteLength(text));
  });

  it("hex and latin1, part of it, and what is not UTF-8", () => {
    for (const Kind of [own.Buffer, Buffer] as const) {
      expect([...Kind.from("00ff10", "hex")]).toEqual([0, 255, 16]);
      expect([...Kind.from("aé", "latin1")]).toEqual([97, 233]);
      expect(Kind.from("abcdef").toString("utf8", 2, 4)).toBe("cd");
      expect(Kind.from([0xff, 0x41]).toString("utf8")).toBe("\ufffdA");
    }
  });

  it("concat, subarray, equals, and the numbers of a plan", () => {
    for (const Kind of [own.Buffer, Buffer] as (typeof Buffer)[]) {
      const whole = Kind.concat([Kind.from("ab"), Kind.from([1, 2, 3])]);
      expect([...whole]).toEqual([97, 98, 1, 2, 3]);
      expect(whole.subarray(0, 2).toString()).toBe("ab");
      expect(whole.subarray(0, 2).equals(Kind.from("ab"))).toBe(true);
      expect(whole.equals(Kind.from("ab"))).toBe(false);
      const numbers = Kind.alloc(24);
      expect(numbers.write("MDPLAN01", 0, "latin1")).toBe(8);
      numbers.writeUInt8(255, 8);
      numbers.writeUInt16LE(0x1234, 9);
      numbers.writeUInt32LE(0xdead_beef, 11);
      numbers.writeBigUInt64LE(0xffff_ffff_ffff_fffen, 15);
      expect(numbers.toString("hex")).toBe("4d44504c414e3031ff3412efbeaddefeffffffffffffff00");
      expect(numbers.readUInt8(8)).toBe(255);
      expect(() => numbers.readUInt8(24)).toThrow(RangeError);
      expect(() => numbers.writeBigUInt64LE(-1n, 0)).toThrow(RangeError);
    }
  });
});

it("node:crypto has the same SHA-256", () => {
  // FIPS 180-4's example.
  expect(own.createHash("sha256").update("abc").digest("hex")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
