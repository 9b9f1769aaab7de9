import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claim, claimOwner, releaseClaim } from "./claim.ts";

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
