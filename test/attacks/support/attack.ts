import { makeSandbox, type Sandbox } from "@mydocker/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildShim } from "../../../tools/mydocker-init/shim/test/build-shim.ts";
import { makeRuntime, type Runtime } from "./runtime.ts";

/** Tries an attack, and says what it got: nothing, if all is well. */
export type Attempt = (runtime: Runtime) => Promise<string[]> | string[];

let sandbox: Sandbox;
beforeAll(() => {
  buildShim("all", "weakened");
  sandbox = makeSandbox();
});
afterAll(() => sandbox.cleanUp());

/**
 * Two tests of one attack: against mydocker-init it gets nothing; against a shim that does not check (its control) it succeeds, so
 * that the first test is known to be able to fail.
 *
 * @param missing what the control's shim does not check: names of shim/test/weakened.h
 */
export function attack(name: string, missing: string, attempt: Attempt): void {
  test(name, async () => expect(await attempt(makeRuntime(sandbox))).toEqual([]));
  test(`control: without the check (${missing}), ${name}`, async () => {
    expect(await attempt(makeRuntime(sandbox, missing))).not.toEqual([]);
  });
}

/** The sandbox of the file's tests. */
export const theSandbox = (): Sandbox => sandbox;
