import { expect, it } from "vitest";
import { endsPause } from "./ends-pause.ts";

it.each([
  ["SIGTERM", "SIGTERM", true],
  ["HUP", "SIGTERM", true],
  ["KILL", "SIGTERM", false],
  ["sigkill", "SIGTERM", false],
  ["9", "SIGTERM", false],
  ["quit", "SIGQUIT", true],
  ["SIGQUIT", "SIGQUIT", true],
  ["3", "SIGQUIT", true],
  ["TERM", "SIGQUIT", false],
  ["1", "SIGQUIT", false],
  ["SIGRTMIN+3", "SIGRTMIN+3", true],
])("%s, stop signal %s: %s", (signal, stopSignal, expected) => {
  expect(endsPause(signal, stopSignal)).toBe(expected);
});
