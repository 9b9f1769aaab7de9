import { describe, expect, it } from "vitest";
import { subCgroupFiles } from "./sub-cgroup.ts";

const HIERARCHIES = [
  { version: 1 as const, path: "/sys/fs/cgroup/memory", controllers: ["memory"] },
  { version: 1 as const, path: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"] },
];
const FILES = ["/sys/fs/cgroup/memory/m/x/tasks", "/sys/fs/cgroup/cpu,cpuacct/m/x/tasks"];

describe("subCgroupFiles", () => {
  it.each([
    [[], FILES],
    [["a/b"], ["/sys/fs/cgroup/memory/m/x/a/b/tasks", "/sys/fs/cgroup/cpu,cpuacct/m/x/a/b/tasks"]],
    [["/a"], ["/sys/fs/cgroup/memory/m/x/a/tasks", "/sys/fs/cgroup/cpu,cpuacct/m/x/a/tasks"]],
    [["cpu:a"], [FILES[0], "/sys/fs/cgroup/cpu,cpuacct/m/x/a/tasks"]],
    [
      ["memory:a", "cpu,cpuacct:b"],
      ["/sys/fs/cgroup/memory/m/x/a/tasks", "/sys/fs/cgroup/cpu,cpuacct/m/x/b/tasks"],
    ],
  ])("%j", (specs, expected) => {
    expect(subCgroupFiles(FILES, specs, HIERARCHIES)).toEqual(expected);
  });

  it.each(["../..", "a/../../b", "cpu:..", "rdma:a", "a:b:c"])("refuses %s", (spec) => {
    expect(() => subCgroupFiles(FILES, [spec], HIERARCHIES)).toThrow("--cgroup");
  });
});
