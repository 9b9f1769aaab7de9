import { expect, test } from "vitest";
import { planRecord } from "./record.ts";

const KNOWN = {
  ociVersion: "1.2.0",
  id: "x",
  bundle: "/b",
  rootfs: "r",
  created: "now",
  cgroupsPath: "/x",
  cgroupJoinFiles: [],
};

/** What the shim does with the pieces. */
function fill(pieces: string[], numbers: number[]): unknown {
  return JSON.parse(pieces.map((piece, index) => `${piece}${numbers[index] ?? ""}`).join(""));
}

test("the pieces and the numbers between them are the container's record", () => {
  const init = { pid: 11, start: 12 };
  const monitor = { pid: 13, start: 14 };
  expect(fill(planRecord(KNOWN, { monitor: true }), [11, 12, 13, 14])).toEqual({ ...KNOWN, init, monitor });
  expect(fill(planRecord(KNOWN, { monitor: false }), [11, 12])).toEqual({ ...KNOWN, init });
});
