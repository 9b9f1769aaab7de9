import { describe, expect, it } from "vitest";
import { planCalled, planCaller } from "./caller.ts";

describe("what a caller asks for", () => {
  it("is nothing for one that asks for nothing", () => {
    expect([...planCaller({}, "standard"), ...planCalled({})]).toEqual([]);
  });

  it("comes with the log first, so that what fails behind it is in it, and the pid file last", () => {
    const caller = {
      pidFile: "/run/pid",
      consoleSocket: "/run/console",
      pidfdSocket: "/run/pidfd",
      log: { path: "/run/log", format: "json" as const },
    };
    expect(planCaller(caller, "setns").map(({ name, args }) => [name, ...args])).toEqual([
      ["log", "/run/log", 1],
      ["console-socket", "/run/console"],
      ["pidfd-socket", "/run/pidfd", "setns"],
      ["pid-file", "/run/pid"],
    ]);
  });

  it("is in the container's process the descriptors that it keeps, and its keyring", () => {
    expect(planCalled({ kept: 2, keyring: true }).map(({ name, args }) => [name, ...args])).toEqual([
      ["keep-descriptors", 2],
      ["session-keyring"],
    ]);
  });
});
