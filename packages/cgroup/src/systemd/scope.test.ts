import { expect, test } from "vitest";
import { limitProperties, startArguments } from "./scope.ts";

test("what systemd is told of a scope: where it is, who is in it, that what is below is ours, and its limits", () => {
  const scope = { unit: "docker-abc.scope", slice: "system.slice" };
  expect(startArguments(scope, 42, { memory: { limit: 64, swap: 96 } }).join(" ")).toBe(
    "ssa(sv)a(sa(sv)) docker-abc.scope fail 9 Description s mydocker container docker-abc.scope Slice s system.slice PIDs au 1 42 " +
      "Delegate b true DefaultDependencies b false CollectMode s inactive-or-failed MemoryMax t 64 MemorySwapMax t 32 TasksMax t 18446744073709551615 0",
  );
});

test("limits in systemd's words: a quota is microseconds a second, no limit its largest number", () => {
  const lines = (resources: object) => limitProperties(resources).map((property) => property.join(" "));
  expect(lines({ cpu: { shares: 1024, quota: 25_000, period: 50_000 }, pids: { limit: 7 } })).toEqual([
    "CPUWeight t 39",
    "CPUQuotaPeriodUSec t 50000",
    "CPUQuotaPerSecUSec t 500000",
    "TasksMax t 7",
  ]);
  const none = "18446744073709551615";
  expect(lines({ memory: { limit: -1, swap: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } })).toEqual([
    `MemoryMax t ${none}`,
    `MemorySwapMax t ${none}`,
    "CPUQuotaPeriodUSec t 100000",
    `CPUQuotaPerSecUSec t ${none}`,
    `TasksMax t ${none}`,
  ]);
  // systemd has no 0; the cgroup itself gets it.
  expect(lines({ pids: { limit: 0 } })).toEqual(["TasksMax t 1"]);
});
