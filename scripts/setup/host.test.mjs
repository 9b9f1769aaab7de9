import { expect, test } from "vitest";
import { hostProblem } from "./host.mjs";

const good = { platform: "linux", uid: 0, node: "20.19.0", kernel: "5.15.0-91-generic", hasApt: true };

test.each([
  ["as it must be", {}, undefined],
  ["newer", { node: "26.0.1", kernel: "6.1.0-18-amd64" }, undefined],
  ["another system", { platform: "darwin" }, "needs Linux, this is darwin"],
  ["not root", { uid: 1000 }, /^needs root/],
  ["an old Node", { node: "20.9.0" }, "needs Node 20.19 or newer, this is 20.9.0"],
  ["an old kernel", { kernel: "5.10.0-28-amd64" }, "needs Linux 5.15 or newer, this is 5.10.0-28-amd64"],
  ["no apt", { hasApt: false }, /apt-get was not found$/],
])("%s", (_, change, problem) => {
  const found = hostProblem({ ...good, ...change });
  if (problem instanceof RegExp) expect(found).toMatch(problem);
  else expect(found).toBe(problem);
});
