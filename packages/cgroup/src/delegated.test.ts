import { expect, it } from "vitest";
import { delegatedHierarchies } from "./delegated.ts";
import type { Hierarchy } from "./hierarchy.ts";

const V2: Hierarchy = { version: 2, path: "/cg", controllers: ["cpu", "memory", "pids", "io"] };
const owned =
  (...directories: string[]) =>
  (directory: string) =>
    directories.includes(directory) ? 1000 : 0;

it("begins at the highest cgroup that is the user's", () => {
  const own = "0::/user.slice/user@1000.service/app.slice/shell.scope\n";
  const manager = "/cg/user.slice/user@1000.service";
  const ownerOf = owned(manager, `${manager}/app.slice`, `${manager}/app.slice/shell.scope`);
  expect(delegatedHierarchies([V2], 1000, own, ownerOf, () => ["memory", "pids"])).toEqual([
    { version: 2, path: manager, controllers: ["memory", "pids"] },
  ]);
});

it("finds the own path of each v1 hierarchy, and leaves out what is not the user's", () => {
  const memory: Hierarchy = { version: 1, path: "/cg/memory", controllers: ["memory"] };
  const cpu: Hierarchy = { version: 1, path: "/cg/cpu,cpuacct", controllers: ["cpu", "cpuacct"] };
  const own = "5:memory:/given/x\n3:cpu,cpuacct:/other\n0::/\n";
  expect(delegatedHierarchies([memory, cpu, V2], 1000, own, owned("/cg/memory/given"))).toEqual([
    { ...memory, path: "/cg/memory/given" },
  ]);
});

it("has nothing where nothing was given", () => {
  expect(delegatedHierarchies([V2], 1000, "0::/\n", () => 0)).toEqual([]);
  expect(delegatedHierarchies([V2], 1000, "", () => 0)).toEqual([]);
});
