import { expect, test } from "vitest";
import { parseHierarchies } from "./hierarchy.ts";

const PURE_V2 = `24 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`;

const V1 = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
`;

const UNIFIED = "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

test("a v2 host has one hierarchy, with the controllers of its top", () => {
  expect(parseHierarchies(PURE_V2, () => ["cpu", "memory"])).toEqual([
    { version: 2, path: "/sys/fs/cgroup", controllers: ["cpu", "memory"] },
  ]);
});

test("a v1 host has one per mount; a named one without a controller is left out", () => {
  expect(parseHierarchies(V1)).toEqual([
    { version: 1, path: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"] },
    { version: 1, path: "/sys/fs/cgroup/cpuset", controllers: ["cpuset"] },
    { version: 1, path: "/sys/fs/cgroup/memory", controllers: ["memory"] },
    { version: 1, path: "/sys/fs/cgroup/pids", controllers: ["pids"] },
  ]);
});

test("a hybrid host has both", () => {
  const found = parseHierarchies(V1 + UNIFIED, () => ["io"]);
  expect(found.map(({ version }) => version)).toEqual([1, 1, 1, 1, 2]);
  expect(found.at(-1)).toEqual({ version: 2, path: "/sys/fs/cgroup/unified", controllers: ["io"] });
});

test("a part of a hierarchy bound elsewhere does not stand for the whole", () => {
  const bound = "90 24 0:32 /docker/abc /var/lib/x/memory rw - cgroup cgroup rw,memory\n";
  const again = "91 24 0:32 / /mnt/memory rw - cgroup cgroup rw,memory\n";
  const memory = parseHierarchies(bound + V1 + again).filter(({ controllers }) => controllers.includes("memory"));
  expect(memory.map(({ path }) => path)).toEqual(["/sys/fs/cgroup/memory"]);
});

test("inside a container, where only a part is mounted, that part is used", () => {
  const inside = "90 24 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";
  expect(parseHierarchies(inside)[0]?.path).toBe("/sys/fs/cgroup/memory");
});

test("octal escapes in a mount point are undone", () => {
  const line = "90 24 0:32 / /my\\040cgroups rw - cgroup cgroup rw,memory\n";
  expect(parseHierarchies(line)[0]?.path).toBe("/my cgroups");
});

test("no cgroup file system, no hierarchy", () => {
  expect(parseHierarchies("24 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n")).toEqual([]);
});
