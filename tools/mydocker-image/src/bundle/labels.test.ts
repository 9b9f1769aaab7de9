import { expect, it } from "vitest";
import { parseLabels } from "./labels.ts";

it("reads labels, the last of a key wins", () => {
  expect(parseLabels(["a=1", "b", "c=x=y", "a=2"])).toEqual({ a: "2", b: "", c: "x=y" });
});

it.each(["", "=x", " =x"])("refuses %j", (text) => {
  expect(() => parseLabels([text])).toThrow("--label");
});
