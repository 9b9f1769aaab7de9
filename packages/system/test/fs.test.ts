import * as real from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as own from "../src/fs.ts";

// The addon is found beside the executables, not beside the Node that runs this.
process.env.MYDOCKER_BIN = fileURLToPath(new URL("../../../dist/bin", import.meta.url));

let directory: string;
beforeAll(() => {
  directory = real.mkdtempSync("/tmp/mydocker-system-");
});
afterAll(() => real.rmSync(directory, { recursive: true, force: true }));

type FileSystem = Pick<
  typeof real,
  | "openSync"
  | "closeSync"
  | "readSync"
  | "writeSync"
  | "readFileSync"
  | "writeFileSync"
  | "mkdirSync"
  | "rmdirSync"
  | "rmSync"
  | "unlinkSync"
  | "renameSync"
  | "linkSync"
  | "symlinkSync"
  | "readlinkSync"
  | "realpathSync"
  | "readdirSync"
  | "statSync"
  | "lstatSync"
  | "fstatSync"
  | "existsSync"
  | "fsyncSync"
  | "constants"
>;

/** What a call comes to: its result, or the members of its error that the tools look at. */
function outcome(work: () => unknown): unknown {
  try {
    return { result: work() };
  } catch (error) {
    const { code, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
    return { code, syscall, path, dest };
  }
}

/** Runs the same calls on node:fs and on ours, each in an empty directory of its own; `@` stands for that directory. */
function onBoth(work: (fs: FileSystem, at: (name: string) => string) => unknown[]): [unknown, unknown] {
  const [expected, found] = [real, own as unknown as FileSystem].map((fs, index) => {
    const place = join(directory, `${expect.getState().currentTestName?.replaceAll(/\W+/g, "-").slice(-60)}-${index}`);
    real.mkdirSync(place);
    const results = work(fs, (name) => join(place, name));
    return JSON.parse(JSON.stringify(results).replaceAll(place, "@"));
  });
  return [expected, found];
}

const facts = (status: real.Stats): unknown[] => [
  status.size,
  status.mode,
  status.nlink,
  status.uid,
  status.isFile(),
  status.isDirectory(),
  status.isSymbolicLink(),
  status.isCharacterDevice(),
];

describe("what the tools use of node:fs is the same over the addon", () => {
  it("files are written and read", () => {
    const [expected, found] = onBoth((fs, at) => [
      outcome(() => fs.writeFileSync(at("a"), "héllo\n", { mode: 0o600 })),
      outcome(() => fs.readFileSync(at("a"), "utf8")),
      outcome(() => [...fs.readFileSync(at("a"))]),
      outcome(() => fs.writeFileSync(at("a"), "x", { flag: "wx" })),
      outcome(() => fs.writeFileSync(at("a"), Buffer.from([0, 255, 1]))),
      outcome(() => [...fs.readFileSync(at("a"))]),
      outcome(() => fs.readFileSync(at("a"), "utf8")),
      outcome(() => fs.writeFileSync(at("a"), "more", { flag: "a" })),
      outcome(() => facts(fs.statSync(at("a")))),
      outcome(() => fs.writeFileSync(at("empty"), "")),
      outcome(() => fs.readFileSync(at("empty"), "utf8")),
      outcome(() => fs.readFileSync("/proc/self/status", "utf8").startsWith("Name:")),
      outcome(() => fs.readFileSync(at("missing"), "utf8")),
      outcome(() => fs.readFileSync(at("a/b"), "utf8")),
      outcome(() => fs.writeFileSync(at("no/such"), "")),
      outcome(() => fs.readFileSync("/proc/self/mem").length),
    ]);
    expect(found).toEqual(expected);
  });

  it("large files arrive whole", () => {
    const text = "0123456789abcdef".repeat(70_000);
    const [expected, found] = onBoth((fs, at) => [
      outcome(() => fs.writeFileSync(at("large"), text)),
      outcome(() => fs.readFileSync(at("large"), "utf8") === text),
      outcome(() => fs.statSync(at("large")).size),
    ]);
    expect(found).toEqual(expected);
  });

  it("descriptors", () => {
    const [expected, found] = onBoth((fs, at) => {
      const descriptor = fs.openSync(at("d"), "wx", 0o640);
      const bytes = Buffer.alloc(6);
      return [
        outcome(() => fs.writeSync(descriptor, "abcdef")),
        outcome(() => fs.writeSync(descriptor, Buffer.from("ghi"), 1)),
        outcome(() => fs.fsyncSync(descriptor)),
        outcome(() => facts(fs.fstatSync(descriptor))),
        outcome(() => fs.closeSync(descriptor)),
        outcome(() => fs.openSync(at("d"), "wx")),
        outcome(() => fs.openSync(at("none"), fs.constants.O_WRONLY)),
        outcome(() => {
          const reader = fs.openSync(at("d"), "r");
          const counts = [
            fs.readSync(reader, bytes, 0, 3, 5),
            fs.readSync(reader, bytes, 3, 2, null),
            fs.readSync(reader, bytes, 0, 6, 8),
          ];
          fs.closeSync(reader);
          return [counts, bytes.toString("latin1")];
        }),
        outcome(() => fs.fstatSync(9999)),
      ];
    });
    expect(found).toEqual(expected);
  });

  it("directories", () => {
    const [expected, found] = onBoth((fs, at) => [
      outcome(() => fs.mkdirSync(at("x"), { mode: 0o700 })),
      outcome(() => fs.mkdirSync(at("x"))),
      outcome(() => fs.mkdirSync(at("a/b/c"))),
      outcome(() => fs.mkdirSync(at("a/b/c"), { recursive: true, mode: 0o750 })),
      outcome(() => fs.mkdirSync(at("a/b/c"), { recursive: true })),
      outcome(() => facts(fs.statSync(at("a/b"))).slice(1)),
      outcome(() => fs.writeFileSync(at("a/file"), "")),
      outcome(() => fs.mkdirSync(at("a/file/d"), { recursive: true })),
      outcome(() => fs.symlinkSync("nowhere", at("a/link"))),
      outcome(() => fs.readdirSync(at("a")).sort()),
      outcome(() =>
        fs
          .readdirSync(at("a"), { withFileTypes: true })
          .map((entry) => [entry.name, entry.isDirectory(), entry.isFile(), entry.isSymbolicLink()])
          .sort(),
      ),
      outcome(() => fs.readdirSync(at("none"))),
      outcome(() => fs.readdirSync(at("a/file"))),
      outcome(() => fs.rmdirSync(at("a"))),
      outcome(() => fs.rmdirSync(at("x"))),
      outcome(() => fs.existsSync(at("x"))),
      outcome(() => fs.rmSync(at("a"), { recursive: true, force: true })),
      outcome(() => fs.rmSync(at("a"), { recursive: true, force: true })),
      outcome(() => fs.rmSync(at("a"), { force: true })),
      outcome(() => fs.readdirSync(at("."))),
    ]);
    expect(found).toEqual(expected);
  });

  it("names and links", () => {
    const [expected, found] = onBoth((fs, at) => [
      outcome(() => fs.writeFileSync(at("a"), "1")),
      outcome(() => fs.linkSync(at("a"), at("b"))),
      outcome(() => fs.linkSync(at("a"), at("b"))),
      outcome(() => fs.symlinkSync("a", at("s"))),
      outcome(() => fs.symlinkSync("a", at("s"))),
      outcome(() => fs.readlinkSync(at("s"))),
      outcome(() => fs.readlinkSync(at("a"))),
      outcome(() => fs.realpathSync(at("s"))),
      outcome(() => facts(fs.lstatSync(at("s")))),
      outcome(() => facts(fs.statSync(at("s")))),
      outcome(() => fs.renameSync(at("b"), at("c"))),
      outcome(() => fs.renameSync(at("b"), at("c"))),
      outcome(() => fs.unlinkSync(at("c"))),
      outcome(() => fs.unlinkSync(at("c"))),
      outcome(() => fs.symlinkSync("nowhere", at("dangling"))),
      outcome(() => fs.existsSync(at("dangling"))),
      outcome(() => fs.statSync(at("dangling"))),
      outcome(() => fs.rmSync(at("dangling"), { force: true })),
      outcome(() => fs.readdirSync(at(".")).sort()),
      outcome(() => facts(fs.statSync("/dev/null"))),
    ]);
    expect(found).toEqual(expected);
  });
});

it("removes a tree without following what leads out of it", () => {
  const canary = join(directory, "canary");
  real.mkdirSync(canary);
  real.writeFileSync(join(canary, "file"), "");
  real.mkdirSync(join(directory, "tree/deep/er"), { recursive: true });
  real.symlinkSync(canary, join(directory, "tree/deep/er/link"));
  own.rmSync(join(directory, "tree"), { recursive: true, force: true });
  expect(real.existsSync(join(directory, "tree"))).toBe(false);
  expect(real.readdirSync(canary)).toEqual(["file"]);
});

it("refuses what no system call takes", () => {
  expect(outcome(() => own.statSync("a\0b"))).toMatchObject({ code: "ERR_INVALID_ARG_VALUE" });
  expect(outcome(() => own.statSync(1 as unknown as string))).toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
  expect(() => own.openSync("/dev/null", "zz")).toThrow("not known");
});

it("says what failed, on what, and why", () => {
  expect(() => own.readFileSync("/no/such", "utf8")).toThrow("ENOENT: no such file or directory, open '/no/such'");
  expect(() => own.renameSync("/no/such", "/tmp/x")).toThrow(
    "ENOENT: no such file or directory, rename '/no/such' -> '/tmp/x'",
  );
});
