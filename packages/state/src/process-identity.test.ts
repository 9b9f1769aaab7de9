import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { identifyProcess, isAlive } from "./process-identity.ts";

it("knows a process from a later one with its number, and a dead one from both", async () => {
  const child = spawn("sleep", ["100"]);
  const identity = identifyProcess(child.pid ?? 0);
  expect(identity).toBeDefined();
  if (identity === undefined) return;
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, start: identity.start - 1 })).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isAlive(identity)).toBe(false);
});

it.each([0, -1, 1.5, Number.NaN, 2 ** 31])("finds no process %d", (pid) => {
  expect(identifyProcess(pid)).toBeUndefined();
});
