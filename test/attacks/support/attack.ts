import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildShim } from "../../../tools/mydocker-init/shim/test/build-shim.ts";
import { makeRuntime, type Runtime } from "./runtime.ts";

/** Tries an attack, and says what it got: nothing, if all is well. */
export type Attempt = (runtime: Runtime) => Promise<string[]> | string[];

/** How long an attack may take that is tried some hundred times, on a machine that has other things to do. */
const PATIENCE_MILLISECONDS = 300_000;

let sandbox: Sandbox;
beforeAll(() => {
  buildShim("all", "weakened");
  sandbox = makeSandbox();
}, PATIENCE_MILLISECONDS);
afterAll(() => sandbox.cleanUp());

/**
 * Tests of one attack: against mydocker-init it gets nothing; against a shim that does not check (its controls) it succeeds, so that the
 * first test is known to be able to fail.
 *
 * @param missing what a control's shim does not check: names of shim/test/weakened.h, separated by commas
 */
export function attack(name: string, missing: string | string[], attempt: Attempt): void {
  test(name, async () => expect(await attempt(makeRuntime(sandbox))).toEqual([]), PATIENCE_MILLISECONDS);
  for (const checks of [missing].flat()) {
    test(
      `control: without the check (${checks}), ${name}`,
      async () => expect(await attempt(makeRuntime(sandbox, checks))).not.toEqual([]),
      PATIENCE_MILLISECONDS,
    );
  }
}

/** The sandbox of the file's tests. */
export const theSandbox = (): Sandbox => sandbox;
