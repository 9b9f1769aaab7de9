import { expect, it } from "vitest";
import { selectProcesses } from "./ps.ts";

it("leaves the heading and the lines of the processes", () => {
  const listing = "UID   PID  PPID CMD\nroot    1     0 init\nroot   10     1 sh -c 11\nroot   11    10 sleep\n";
  expect(selectProcesses(listing, [1, 11])).toBe("UID   PID  PPID CMD\nroot    1     0 init\nroot   11    10 sleep\n");
});

it("refuses a listing that has no pids", () => {
  expect(() => selectProcesses("CMD\nsh\n", [1])).toThrow("no column PID");
});
