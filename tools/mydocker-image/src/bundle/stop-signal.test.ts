import { expect, it } from "vitest";
import { checkStopSignal } from "./stop-signal.ts";

it.each([
  ["TERM", "SIGTERM"],
  ["sigint", "SIGINT"],
  ["SIGQUIT", "SIGQUIT"],
  ["15", "SIGTERM"],
  ["37", "37"],
  ["SIGRTMIN+3", "SIGRTMIN+3"],
  ["RTMAX", "SIGRTMAX"],
])("%s is %s", (text, expected) => {
  expect(checkStopSignal(text, "--stop-signal")).toBe(expected);
});

it.each(["", "0", "65", "NOPE", "SIGRTMIN+31", "-1", "1.5", "constructor"])("refuses %j", (text) => {
  expect(() => checkStopSignal(text, "--stop-signal")).toThrow("no such signal");
});
