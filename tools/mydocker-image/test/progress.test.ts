import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { openTerminal } from "../../../test/support/terminal.ts";
import { type FakeRegistry, fakeRegistry } from "./fake-registry.ts";
import { tarArchive } from "./tar-archive.ts";
import { composeImage } from "./test-image.ts";

const SIZE = 2_000_000;

let sandbox: Sandbox;
let slow: FakeRegistry;
let name: string;

beforeAll(() => {
  sandbox = makeSandbox();
});

/** Sends each large layer in two halves, with a pause that is long enough for every event. */
beforeEach(async () => {
  const layer = (): Buffer => tarArchive([{ name: "file", content: randomBytes(SIZE) }]);
  slow = await fakeRegistry(composeImage([layer(), layer()]), (_, response, blob) => {
    if (blob === undefined || blob.length < SIZE / 2) return false;
    response.writeHead(200, { "Content-Length": blob.length }).write(blob.subarray(0, blob.length / 2));
    setTimeout(() => response.end(blob.subarray(blob.length / 2)), 1200);
    return true;
  });
  name = `${slow.host}/app:1`;
});

afterEach(async () => {
  await sandbox.tool("mydocker-image", ["remove", name]);
  await slow.stop();
});

afterAll(() => sandbox.cleanUp());

it("is a bar for each layer at a terminal, and at the end a line for each", async () => {
  const terminal = openTerminal(`exec mydocker pull ${name}`, sandbox.env);
  expect(await terminal.exited).toBe(0);
  const output = readable(terminal.output());
  const bar = /([0-9a-f]{12}) {2}Downloading \[=+> +\] {2}1\.0 of 2\.0 MB {2}\d+\.\d MB\/s {2}\d+ s left/g;
  expect(new Set([...output.matchAll(bar)].map(([, id]) => id)).size).toBe(2);
  const drawn = output.split("\n").filter((line) => line.includes("Downloading"));
  expect(Math.max(...drawn.map((line) => line.replaceAll(/␛\[\d*[A-Z]|\r/g, "").length))).toBeLessThan(111);
  // What is left on the screen, once everything that went back has been written over.
  const shown = screen(output);
  expect(shown.filter((line) => /: done in \d+\.\d s$/.test(line))).toHaveLength(2);
  expect(shown.join("\n")).not.toContain("Downloading");
  expect(shown.at(-2)).toMatch(new RegExp(`^${name} sha256:`));
});

it("is lines elsewhere, two for each layer", async () => {
  const { code, stderr } = await sandbox.tool("mydocker", ["pull", name]);
  expect(code).toBe(0);
  expect(stderr).not.toContain("\u001b");
  const lines = stderr.trim().split("\n");
  expect(lines[0]).toBe(`mydocker-image pull: pulling ${name}`);
  expect(lines.filter((line) => /: [0-9a-f]{12}: 2\.0 MB$/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => /: [0-9a-f]{12}: done in \d+\.\d s$/.test(line))).toHaveLength(2);
  expect(lines).toHaveLength(5);
});

it("is lines at a terminal that cannot go back", async () => {
  const terminal = openTerminal(`exec mydocker pull ${name}`, { ...sandbox.env, TERM: "dumb" });
  expect(await terminal.exited).toBe(0);
  expect(terminal.output()).not.toContain("\u001b");
  expect(terminal.output()).toMatch(/: done in/);
});

it("is events with --log-format json", async () => {
  const { code, stderr } = await sandbox.tool("mydocker-image", ["pull", "--log-format=json", name]);
  expect(code).toBe(0);
  const events = stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const of = (event: string) => events.filter((each) => each.event === event);
  expect(of("begin").map(({ status, total }) => [status, Number(total) > SIZE])).toEqual([
    ["downloading", true],
    ["downloading", true],
  ]);
  expect(of("progress").length).toBeGreaterThanOrEqual(2);
  expect(of("progress").every(({ current, total }) => Number(current) > 0 && Number(current) < Number(total))).toBe(
    true,
  );
  expect(of("end").map(({ status, current, total }) => [status, current === total])).toEqual([
    ["done", true],
    ["done", true],
  ]);
  expect(
    events.every(({ source, time }) => source === "mydocker-image pull" && !Number.isNaN(Date.parse(String(time)))),
  ).toBe(true);
});

it("is nothing with --quiet, at a terminal too", async () => {
  const file = join(sandbox.directory, "said");
  const terminal = openTerminal(`mydocker pull --quiet ${name} > ${file}; cat ${file}`, sandbox.env);
  expect(await terminal.exited).toBe(0);
  expect(terminal.output()).toMatch(new RegExp(`^${name} sha256:[0-9a-f]{64}\r\n$`));
});

it("makes way for the reason why it failed", async () => {
  const liar = await fakeRegistry(composeImage([tarArchive([{ name: "file", content: "x" }])]), (_, response, blob) => {
    if (blob === undefined || blob.includes("rootfs")) return false;
    setTimeout(() => response.end(Buffer.alloc(blob.length)), 300);
    return true;
  });
  try {
    const terminal = openTerminal(`exec mydocker pull ${liar.host}/x:1`, sandbox.env);
    expect(await terminal.exited).toBe(125);
    const shown = screen(terminal.output());
    expect(shown.at(-2)).toMatch(/^mydocker-image pull: layer sha256:[0-9a-f]{12}: .*; try: again$/);
    expect(shown.join("\n")).not.toContain("Downloading");
  } finally {
    await liar.stop();
  }
});

/** What a terminal shows of all that was written to it, as far as progress goes back: up, to the first column, erase below. */
function screen(output: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const token of readable(output).match(/␛\[\d*[A-Z]|\r|\n|[^␛\r\n]+/g) ?? []) {
    const up = /^␛\[(\d+)A$/.exec(token);
    if (up !== null) row -= Number(up[1]);
    else if (token === "␛[J") lines.splice(row, lines.length, "");
    else if (token === "\n") {
      row += 1;
      lines[row] ??= "";
    } else if (token !== "\r") lines[row] = token;
  }
  return lines;
}

/** With a letter for the escape. */
function readable(output: string): string {
  return output.replaceAll("\u001b", "␛");
}
