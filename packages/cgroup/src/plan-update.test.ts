import type { OciResources } from "@mydocker/oci";
import { expect, test } from "vitest";
import type { Hierarchy } from "./hierarchy.ts";
import { planUpdate } from "./plan-update.ts";

const V1: Hierarchy[] = ["cpu", "cpuset", "memory", "devices", "blkio", "pids"].map((controller) => ({
  version: 1,
  path: `/${controller}`,
  controllers: [controller],
}));
const V2: Hierarchy[] = [{ version: 2, path: "/v2", controllers: ["cpuset", "cpu", "io", "memory", "pids"] }];

function writes(hierarchies: Hierarchy[], current: OciResources, change: OciResources): string[] {
  return planUpdate(hierarchies, "/m/c", current, change).writes.map(
    ({ path, value }) => `${path.slice(path.lastIndexOf("/") + 1)} ${value}`,
  );
}

test("only what is given is written; 0, empty and null are not given", () => {
  const current = { memory: { limit: 64 }, cpu: { shares: 512, quota: 5000 }, pids: { limit: 9 } };
  expect(writes(V1, current, { cpu: { shares: 256 } })).toEqual(["cpu.shares 256"]);
  const nothing = {
    memory: { limit: 0, kernel: 0 },
    cpu: { shares: 0, cpus: "", quota: null },
    blockIO: null,
    devices: [],
  };
  expect(writes(V1, current, nothing as never)).toEqual([]);
  expect(writes(V1, current, { pids: { limit: 0 } })).toEqual(["pids.max 0"]);
  expect(writes(V1, current, { cpu: { idle: 0, burst: 0 } })).toEqual(["cpu.idle 0", "cpu.cfs_burst_us 0"]);
});

test("the result is what is in force then, to which the next change is added", () => {
  const first = planUpdate(V2, "/m/c", { memory: { limit: 64, swap: 128 } }, { cpu: { quota: 50_000 } });
  expect(first.resources).toEqual({ memory: { limit: 64, swap: 128 }, cpu: { quota: 50_000 } });
  const second = planUpdate(V2, "/m/c", first.resources, { cpu: { period: 20_000 } });
  expect(second.resources.cpu).toEqual({ quota: 50_000, period: 20_000 });
  expect(second.writes).toEqual([{ path: "/v2/m/c/cpu.max", value: "50000 20000" }]);
});

test("v2: swap alone is reckoned from the limit, and changes with it", () => {
  const current = { memory: { limit: 64, swap: 128 } };
  expect(writes(V2, current, { memory: { swap: 100 } })).toEqual(["memory.max 64", "memory.swap.max 36"]);
  expect(writes(V2, current, { memory: { limit: 100 } })).toEqual(["memory.max 100", "memory.swap.max 28"]);
  expect(() => writes(V2, current, { memory: { limit: 200 } })).toThrow("is memory plus swap");
  expect(writes(V2, current, { memory: { limit: -1, swap: -1 } })).toEqual(["memory.max max", "memory.swap.max max"]);
});

test("v1: memory with memory plus swap, in whichever order the kernel takes", () => {
  const plan = planUpdate(V1, "/m/c", { memory: { limit: 64, swap: 128 } }, { memory: { limit: 256, swap: 512 } });
  expect(plan.writes.map(({ orAfterNext }) => orAfterNext === true)).toEqual([true, false]);
});

test("the OOM killer that was switched off can be switched on again", () => {
  const current = { memory: { disableOOMKiller: true } };
  expect(writes(V1, current, { memory: { disableOOMKiller: false } })).toEqual(["memory.oom_control 0"]);
  expect(writes(V2, {}, { memory: { disableOOMKiller: false } })).toEqual([]);
});

test("checkBeforeUpdate: v2 is asked what is in use, v1's kernel looks by itself", () => {
  const change = { memory: { limit: 64, checkBeforeUpdate: true } };
  expect(planUpdate(V2, "/m/c", {}, change).writes).toEqual([
    { path: "/v2/m/c/memory.max", value: "64", notBelow: "/v2/m/c/memory.current" },
  ]);
  expect(writes(V1, {}, change)).toEqual(["memory.limit_in_bytes 64"]);
});

test("devices: a program takes the place of the one before on v2, lines are written on v1", () => {
  const change: OciResources = { devices: [{ allow: false }, { allow: true, type: "c", major: 10, minor: 200 }] };
  const v2 = planUpdate(V2, "/m/c", { devices: [{ allow: true }] }, change);
  expect(v2.deviceProgram?.directory).toBe("/v2/m/c");
  expect(v2.writes).toEqual([]);
  expect(v2.resources.devices).toEqual(change.devices);
  const v1 = planUpdate(V1, "/m/c", {}, change);
  expect(v1.deviceProgram).toBeUndefined();
  expect(v1.writes.slice(0, 2).map(({ value }) => value)).toEqual(["a *:* rwm", "c 10:200 rwm"]);
});

test("what contradicts what is in force is refused", () => {
  expect(() => writes(V1, { cpu: { quota: 10_000 } }, { cpu: { burst: 20_000 } })).toThrow("more than the quota");
  expect(() => writes(V2, {}, { memory: { swappiness: 5 } })).toThrow("memory.swappiness");
  expect(() => writes(V1.slice(0, 1), {}, { pids: { limit: 5 } })).toThrow('no cgroup controller "pids"');
});
