import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildShim } from "../test/build-shim.ts";
import { makeCorpus } from "./make-corpus.ts";

const BUILT = fileURLToPath(new URL("../../../../dist/shim/fuzz/", import.meta.url));
const RUNS = 30_000;

let directory: string;
beforeAll(() => {
  buildShim("fuzz");
  directory = mkdtempSync(join(tmpdir(), "mydocker-fuzz-"));
}, 300_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Feeds the decoder so many changed plans, the same ones every time. */
function fuzz(program: string) {
  const corpus = join(directory, `${program}-corpus`);
  makeCorpus(corpus);
  const seeds = readdirSync(corpus).length;
  const flags = [`-runs=${RUNS}`, "-seed=1", "-max_len=4096", `-artifact_prefix=${directory}/`];
  const { status, stderr } = spawnSync(join(BUILT, program), [...flags, corpus], { encoding: "utf8", cwd: directory });
  return { status, stderr, seeds, kept: readdirSync(corpus).length };
}

test(`${RUNS} changed plans are refused or decoded, and nothing is read that is not theirs`, () => {
  const { status, stderr, seeds, kept } = fuzz("fuzz-plan");
  expect(stderr).toContain(`Done ${RUNS} runs`);
  expect(status).toBe(0);
  // It came to code that no seed had reached.
  expect(kept).toBeGreaterThan(seeds);
});

test("control: a mistake that was put into the decoder is found", () => {
  const { status, stderr } = fuzz("fuzz-planted");
  expect(status).not.toBe(0);
  expect(stderr).toContain("AddressSanitizer: heap-buffer-overflow");
});
