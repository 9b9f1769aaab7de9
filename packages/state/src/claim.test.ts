import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporaryName } from "./atomic-file.ts";
import { claim, claimOwner, isAbandonedTemporary, releaseClaim } from "./claim.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "mydocker-claim-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

it("lets exactly one owner have a claim, and only that one give it up", () => {
  const path = join(directory, "names/web");
  expect(claim(path, "first")).toBeUndefined();
  expect(claim(path, "second")).toBe("first");
  expect(releaseClaim(path, "second")).toBe(false);
  expect(claimOwner(path)).toBe("first");
  expect(releaseClaim(path, "first")).toBe(true);
  expect(releaseClaim(path, "first")).toBe(false);
  expect(claim(path, "second")).toBeUndefined();
  expect(readdirSync(join(directory, "names"))).toEqual(["web"]);
});

it("counts a temporary file as abandoned once its writer has ended, or after a minute", () => {
  const write = (name: string): string => {
    const path = join(directory, name);
    writeFileSync(path, "");
    return path;
  };
  const ended = spawnSync("true").pid;
  expect(isAbandonedTemporary(write(`web.${ended}-abcdefgh.tmp`))).toBe(true);
  expect(isAbandonedTemporary(temporaryName(join(directory, "absent")))).toBe(false);
  const own = write(basename(temporaryName("web")));
  expect(isAbandonedTemporary(own)).toBe(false);
  utimesSync(own, 0, 0);
  expect(isAbandonedTemporary(own)).toBe(true);
});
