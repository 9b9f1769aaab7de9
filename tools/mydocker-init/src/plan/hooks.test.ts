import type { OciConfig } from "@mydocker/oci";
import { describe, expect, it } from "vitest";
import { planCreateHooks, planStartedHooks, planStartHooks, planStopHooks, planUndoHooks } from "./hooks.ts";

const CONTEXT = { id: "x", bundle: "/bundle" };

const config = (hooks: OciConfig["hooks"], more: Partial<OciConfig> = {}): OciConfig => ({
  ociVersion: "1.3.0",
  ...(hooks === undefined ? {} : { hooks }),
  ...more,
});

describe("hooks become operations", () => {
  it("in the order of the lifecycle, with the state in two pieces", () => {
    const hook = { path: "/hook", args: ["hook", "a"], env: ["E=1"], timeout: 2 };
    const plan = planCreateHooks(
      config(
        { createContainer: [{ path: "/c", args: [] }], createRuntime: [hook], prestart: [{ path: "/p" }] },
        { annotations: { a: "b" } },
      ),
      CONTEXT,
    );
    const state = [
      '{"ociVersion":"1.3.0","id":"x","status":"creating","pid":',
      ',"bundle":"/bundle","annotations":{"a":"b"}}',
    ];
    expect(plan).toEqual([
      { name: "runtime-hook", args: ["prestart", "/p", 0, 0, ...state, 1, "/p"] },
      { name: "runtime-hook", args: ["createRuntime", "/hook", 2, 0, ...state, 2, "hook", "a", "E=1"] },
      { name: "container-hook", args: ["createContainer", "/c", 0, 0, ...state, 1, "/c"] },
    ]);
  });

  it.each([
    [planStartHooks, "startContainer", "container-hook", "created"],
    [planStartedHooks, "poststart", "started-hook", "running"],
    [planStopHooks, "poststop", "hook", "stopped"],
  ] as const)("%o", (plan, kind, name, status) => {
    const [planned, ...rest] = plan(config({ [kind]: [{ path: "/h" }] }), CONTEXT);
    expect(rest).toEqual([]);
    expect(planned?.name).toBe(name);
    expect(JSON.parse(`${planned?.args[4]}7${planned?.args[5]}`)).toEqual({
      ...{ ociVersion: "1.3.0", id: "x", status, pid: 7, bundle: "/bundle" },
    });
  });

  it("poststop hooks undo a failure only where others can have begun", () => {
    const poststop = [{ path: "/h" }];
    expect(planUndoHooks(config({ poststop }), CONTEXT)).toEqual([]);
    expect(planUndoHooks(config({ poststop, prestart: null, createRuntime: [] }), CONTEXT)).toEqual([]);
    expect(planUndoHooks(config({ poststop, startContainer: [{ path: "/s" }] }), CONTEXT)).toHaveLength(1);
  });

  it("no hooks, no operations", () => {
    for (const none of [config(undefined), config({}), config({ prestart: null, poststop: null })]) {
      const plans = [planCreateHooks, planStartHooks, planStartedHooks, planStopHooks].map((plan) =>
        plan(none, CONTEXT),
      );
      expect(plans).toEqual([[], [], [], []]);
    }
  });
});
