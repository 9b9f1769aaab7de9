import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseEntry } from "./entry.ts";
import { LineSplitter } from "./line-splitter.ts";
import { parseMoment } from "./moment.ts";
import { LogRenderer } from "./render.ts";
import { tailOffset } from "./tail.ts";

const TIME = "2026-01-31T12:00:00.123456789Z";
const directory = mkdtempSync(join(tmpdir(), "mydocker-log-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("an entry has its time, stream and bytes, whatever the bytes are", () => {
  const line = Buffer.concat([Buffer.from(`${TIME} stderr P `), Buffer.from([0xff, 0x00, 0x20, 0x80])]);
  expect(parseEntry(line)).toEqual({
    time: TIME,
    stream: "stderr",
    full: false,
    content: Buffer.from([0xff, 0x00, 0x20, 0x80]),
  });
  expect(parseEntry(Buffer.from(`${TIME} stdout F `))?.content).toHaveLength(0);
  expect(parseEntry(Buffer.from(`${TIME} stdout F  two spaces`))?.content.toString()).toBe(" two spaces");
});

test.each(["", "garbage", `${TIME} stdout`, `${TIME} stdin F x`, `${TIME} stdout X x`])(
  "%j is not an entry",
  (line) => {
    expect(parseEntry(Buffer.from(line))).toBeUndefined();
  },
);

test("lines that come in pieces are put together", () => {
  const splitter = new LineSplitter();
  const pieces = ["ab", "c\nde", "f\n\ng", "h\n"].flatMap((piece) => splitter.push(Buffer.from(piece)).map(String));
  expect(pieces).toEqual(["abc", "def", "", "gh"]);
});

test("parts of a line become one line again, per stream, with one timestamp", () => {
  const renderer = new LogRenderer({ timestamps: true, since: undefined, until: undefined });
  const entries = ["stdout P one ", "stderr F err", "stdout P two ", "stdout F three", "stdout F four"];
  const output = entries.map((text) => {
    const entry = parseEntry(Buffer.from(`${TIME} ${text}`));
    return entry === undefined ? "" : renderer.render(entry).toString();
  });
  expect(output.join("")).toBe(`${TIME} one ${TIME} err\ntwo three\n${TIME} four\n`);
});

test("--since and --until leave out what is before and behind", () => {
  const at = Date.parse("2026-01-31T12:00:00Z");
  const entry = { time: "2026-01-31T11:59:59.5Z", stream: "stdout" as const, full: true, content: Buffer.from("x") };
  const render = (since?: number, until?: number): string =>
    new LogRenderer({ timestamps: false, since, until }).render(entry).toString();
  expect([render(), render(at), render(undefined, at), render(undefined, at - 1000)]).toEqual(["x\n", "", "x\n", ""]);
});

test.each([
  ["10s", 90_000],
  ["1m30s", 10_000],
  ["42", 42_000],
  ["2026-01-31T12:00:00Z", 1_769_860_800_000],
])("the moment %s", (text, expected) => {
  expect(parseMoment("--since", text, 100_000)).toBe(expected);
});

test("a moment that is none is refused", () => {
  expect(() => parseMoment("--since", "yesterday", 0)).toThrow(/expected a time/);
});

test("the tail begins at the right line, across blocks and without reading all", () => {
  const path = join(directory, "log");
  // 3,000 lines of 100 bytes and more: several blocks of 64 KiB.
  const lines = Array.from(
    { length: 3000 },
    (_, index) => `${TIME} stdout F line ${index} ${"x".repeat(index % 90)}\n`,
  );
  writeFileSync(path, lines.join(""));
  const size = Buffer.byteLength(lines.join(""));
  const descriptor = openSync(path, "r");
  for (const count of [0, 1, 2, 50, 1500, 2999, 3000, 5000]) {
    const behind = lines.slice(Math.max(0, lines.length - count)).join("");
    expect(tailOffset(descriptor, size, count), `--tail ${count}`).toBe(
      size - Buffer.byteLength(count === 0 ? "" : behind),
    );
  }
  closeSync(descriptor);
});

test("a line in parts counts once, and one that has not ended counts too", () => {
  const path = join(directory, "parts");
  const lines = ["stdout F a", "stdout P b1", "stdout F b2", "stdout P c"].map((text) => `${TIME} ${text}\n`);
  writeFileSync(path, lines.join(""));
  const size = lines.join("").length;
  const descriptor = openSync(path, "r");
  const tail = (count: number): string => lines.join("").slice(tailOffset(descriptor, size, count));
  expect([tail(1), tail(2), tail(3)]).toEqual([lines.slice(3).join(""), lines.slice(1).join(""), lines.join("")]);
  closeSync(descriptor);
});
