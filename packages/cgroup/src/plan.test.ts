import { expect, test } from "vitest";
import { deviceProgram } from "./device-program.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { planCgroup } from "./plan.ts";

const v1 = (...controllers: string[]): Hierarchy => ({ version: 1, path: `/cg/${controllers.join()}`, controllers });
const v2 = (...controllers: string[]): Hierarchy => ({ version: 2, path: "/cg/unified", controllers });

const V1_HOST = [v1("cpu", "cpuacct"), v1("cpuset"), v1("memory"), v1("devices"), v1("pids"), v1("perf_event")];
const V2_HOST = [v2("cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma")];

const RESOURCES = {
  memory: { limit: 64, swap: 128, reservation: 32 },
  cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: "0-1", mems: "0" },
  pids: { limit: 20 },
  devices: [
    { allow: false, access: "rwm" },
    { allow: true, type: "c" as const, major: 10, minor: 229, access: "rw" },
  ],
};

test("v1: a directory per hierarchy in use, limits where their controller is", () => {
  const plan = planCgroup(V1_HOST, "/mydocker/c1", RESOURCES);
  expect(plan.parents).toEqual([
    "/cg/cpu,cpuacct/mydocker",
    "/cg/cpuset/mydocker",
    "/cg/memory/mydocker",
    "/cg/devices/mydocker",
    "/cg/pids/mydocker",
  ]);
  expect(plan.hierarchies).toEqual(V1_HOST.slice(0, 5));
  expect(plan.directories).toEqual(plan.parents.map((parent) => `${parent}/c1`));
  expect(plan.joinFiles).toEqual(plan.directories.map((directory) => `${directory}/tasks`));
  expect(plan.enable).toEqual([]);
  expect(plan.inherit).toEqual([
    "/cg/cpuset/mydocker/cpuset.cpus",
    "/cg/cpuset/mydocker/cpuset.mems",
    "/cg/cpuset/mydocker/c1/cpuset.cpus",
    "/cg/cpuset/mydocker/c1/cpuset.mems",
  ]);
  const lines = plan.writes.map(({ path, value }) => `${path.replace("/mydocker/c1", "")} ${value}`);
  expect(lines.slice(0, 10)).toEqual([
    "/cg/cpu,cpuacct/cpu.shares 512",
    "/cg/cpu,cpuacct/cpu.cfs_period_us 100000",
    "/cg/cpu,cpuacct/cpu.cfs_quota_us 50000",
    "/cg/cpuset/cpuset.cpus 0-1",
    "/cg/cpuset/cpuset.mems 0",
    "/cg/memory/memory.limit_in_bytes 64",
    "/cg/memory/memory.memsw.limit_in_bytes 128",
    "/cg/memory/memory.soft_limit_in_bytes 32",
    "/cg/devices/devices.deny a *:* rwm",
    "/cg/devices/devices.allow c 10:229 rw",
  ]);
  expect(lines).toContain("/cg/devices/devices.allow c 1:3 rwm");
  expect(lines.at(-1)).toBe("/cg/pids/pids.max 20");
});

test("v1: memory may have to wait for memory plus swap, and only for that", () => {
  const postponed = (memory: object): string[] =>
    planCgroup(V1_HOST, "/c", { memory })
      .writes.filter(({ orAfterNext }) => orAfterNext === true)
      .map(({ path }) => path);
  expect(postponed({ limit: 64, swap: 128 })).toEqual(["/cg/memory/c/memory.limit_in_bytes"]);
  expect(postponed({ limit: 64 })).toEqual([]);
});

test("v2: one directory, controllers enabled from the top, limits in v2's words", () => {
  expect(planCgroup(V2_HOST, "/mydocker/c1", RESOURCES)).toEqual({
    hierarchies: V2_HOST,
    parents: ["/cg/unified/mydocker"],
    directories: ["/cg/unified/mydocker/c1"],
    enable: ["/cg/unified", "/cg/unified/mydocker"].map((directory) => ({
      file: `${directory}/cgroup.subtree_control`,
      controllers: ["cpuset", "cpu", "io", "memory", "pids"],
    })),
    inherit: [],
    writes: [
      { path: "/cg/unified/mydocker/c1/memory.max", value: "64" },
      { path: "/cg/unified/mydocker/c1/memory.swap.max", value: "64" },
      { path: "/cg/unified/mydocker/c1/memory.low", value: "32" },
      { path: "/cg/unified/mydocker/c1/cpu.weight", value: "20" },
      { path: "/cg/unified/mydocker/c1/cpu.max", value: "50000 100000" },
      { path: "/cg/unified/mydocker/c1/cpuset.cpus", value: "0-1" },
      { path: "/cg/unified/mydocker/c1/cpuset.mems", value: "0" },
      { path: "/cg/unified/mydocker/c1/pids.max", value: "20" },
    ],
    memoryEvents: ["/cg/unified/mydocker/c1/memory.events", "/cg/unified/mydocker/c1/memory.max"],
    joinFiles: ["/cg/unified/mydocker/c1/cgroup.procs"],
    freezer: "/cg/unified/mydocker/c1/cgroup.freeze",
    deviceProgram: { directory: "/cg/unified/mydocker/c1", program: deviceProgram(RESOURCES.devices) },
    warnings: [],
  });
});

test("hybrid: each limit goes where its controller is", () => {
  const plan = planCgroup([v1("cpu"), v1("pids"), v2("memory")], "/m/c", {
    memory: { limit: 64 },
    cpu: { shares: 2 },
    pids: { limit: 0 },
  });
  expect(plan.writes.map(({ path, value }) => `${path} ${value}`)).toEqual([
    "/cg/cpu/m/c/cpu.shares 2",
    "/cg/pids/m/c/pids.max 0",
    "/cg/unified/m/c/memory.max 64",
  ]);
  expect(plan.joinFiles).toEqual(["/cg/cpu/m/c/tasks", "/cg/pids/m/c/tasks", "/cg/unified/m/c/cgroup.procs"]);
});

test.each([[[]], [["hugetlb"]]])("hybrid: a cgroup2 with nothing we use (%s) is not joined", (controllers) => {
  const plan = planCgroup([v1("memory"), v2(...controllers)], "/m/c", {});
  expect(plan.directories).toEqual(["/cg/memory/m/c"]);
});

test("a limit that the host has no controller for is refused by name", () => {
  const on = (hierarchies: Hierarchy[], resources: object) => () => planCgroup(hierarchies, "/m/c", resources);
  expect(on([v2("cpu")], { memory: { limit: 64 } })).toThrow('no cgroup controller "memory"');
  expect(on([v1("memory")], { pids: { limit: 5 } })).toThrow('no cgroup controller "pids"');
  expect(on([v1("memory")], { cpu: { cpus: "0" } })).toThrow('no cgroup controller "cpuset"');
  expect(on([v1("memory")], { unified: { "memory.high": "1" } })).toThrow(
    'cgroup v2 has no cgroup controller "memory"',
  );
  expect(on(V2_HOST, { memory: { swappiness: 5 } })).toThrow("cgroup v1 has no cgroup controller");
  expect(on([], {})).toThrow("no cgroup file system");
});

test("no limit needs no controller: -1 pids is none", () => {
  expect(planCgroup([v2("cpu")], "/m/c", { pids: { limit: -1 } }).writes).toEqual([]);
  expect(planCgroup(V2_HOST, "/m/c", { pids: { limit: -1 } }).writes[0]?.value).toBe("max");
});

test("v2: a quota or a period alone is completed, and -1 lifts the limit", () => {
  const cpuMax = (cpu: object) => planCgroup(V2_HOST, "/m/c", { cpu }).writes[0]?.value;
  expect(cpuMax({ quota: 5000 })).toBe("5000 100000");
  expect(cpuMax({ period: 20_000 })).toBe("max 20000");
  expect(cpuMax({ quota: -1, period: 50_000 })).toBe("max 50000");
});

test("unified comes last, and its controller is enabled", () => {
  const unified = { "hugetlb.2MB.max": "0", "memory.max": "99", "cgroup.max.depth": "2" };
  const plan = planCgroup(V2_HOST, "/m/c", { memory: { limit: 64 }, unified });
  expect(plan.writes.map(({ path, value }) => `${path.slice(16)} ${value}`)).toEqual([
    "memory.max 64",
    "hugetlb.2MB.max 0",
    "memory.max 99",
    "cgroup.max.depth 2",
  ]);
  expect(plan.enable[0]?.controllers).toContain("hugetlb");
});

test.each(["../../../etc/passwd", "memory", "memory.high/../x"])("unified file name %s is refused", (file) => {
  expect(() => planCgroup([v2("memory")], "/m/c", { unified: { [file]: "1" } })).toThrow();
});

test.each(["/../etc", "/a/../b", "..", "/", "", "/a/./.."])("cgroupsPath %j is refused", (path) => {
  expect(() => planCgroup(V2_HOST, path, {})).toThrow("linux.cgroupsPath");
});

test("a relative cgroupsPath is taken from the top", () => {
  expect(planCgroup(V2_HOST, "a//b/c", {}).parents).toEqual(["/cg/unified/a", "/cg/unified/a/b"]);
});
