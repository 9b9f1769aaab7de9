import { expect, it } from "vitest";
import { describeChange } from "./reload.ts";

const port = { hostIp: "0.0.0.0", hostPort: 80, protocol: "tcp" } as const;
const other = { ...port, hostPort: 81 };

it("says what has come back and what has gone", () => {
  const after = { ports: [port], rules: ["a", "b"] };
  expect(describeChange("table inet t", undefined, after)).toEqual(["restored firewall table inet t: 0.0.0.0:80/tcp"]);
  expect(describeChange("table inet t", { ...after, rules: ["a"] }, after)).toEqual(["restored firewall table inet t"]);
  expect(describeChange("table inet t", { ports: [port, other], rules: ["a", "b", "c"] }, after)).toEqual([
    "removed firewall element 0.0.0.0:81/tcp",
    "restored firewall table inet t",
  ]);
  expect(describeChange("table inet t", { ports: [port], rules: ["b", "a"] }, after)).toEqual([]);
});
