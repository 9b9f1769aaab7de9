import type { OciResources } from "@mydocker/oci";
import { expect, test } from "vitest";
import { checkResources, warningsFor } from "./check-resources.ts";
import type { Hierarchy } from "./hierarchy.ts";
import { planCgroup } from "./plan.ts";

const ALL_V1 = "cpu cpuacct cpuset memory devices freezer blkio pids net_cls net_prio hugetlb rdma".split(" ");
const V1: Hierarchy[] = ALL_V1.map((controller) => ({ version: 1, path: `/${controller}`, controllers: [controller] }));
const V2: Hierarchy[] = [
  { version: 2, path: "/v2", controllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma"] },
];

/** `file value`, and behind a bar what is written where the kernel has another file. */
function lines(hierarchies: Hierarchy[], resources: OciResources): string[] {
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return planCgroup(hierarchies, "/c", resources).writes.map(({ path, value, otherwise }) => {
    const other = otherwise === undefined ? "" : ` | ${name(otherwise.path)} ${otherwise.value}`;
    return `${name(path)} ${value}${other}`;
  });
}

const CASES: [name: string, resources: OciResources, v1: string[], v2: string[]][] = [
  [
    "huge pages: of the reservation, or else of what is in use",
    { hugepageLimits: [{ pageSize: "2MB", limit: 4096 }] },
    ["hugetlb.2MB.rsvd.limit_in_bytes 4096 | hugetlb.2MB.limit_in_bytes 4096"],
    ["hugetlb.2MB.rsvd.max 4096 | hugetlb.2MB.max 4096"],
  ],
  [
    "rdma: handles, objects, or both",
    { rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10 }, mlx4_0: { hcaObjects: 0 } } },
    ["rdma.max mlx5_1 hca_handle=3 hca_object=10", "rdma.max mlx4_0 hca_object=0"],
    ["rdma.max mlx5_1 hca_handle=3 hca_object=10", "rdma.max mlx4_0 hca_object=0"],
  ],
  [
    "block I/O: weights in general and by device",
    { blockIO: { weight: 10, weightDevice: [{ major: 8, minor: 0, weight: 1000 }] } },
    ["blkio.bfq.weight 10 | blkio.weight 10", "blkio.bfq.weight_device 8:0 1000 | blkio.weight_device 8:0 1000"],
    ["io.bfq.weight 10 | io.weight 1", "io.bfq.weight 8:0 1000 | io.weight 8:0 10000"],
  ],
  [
    "block I/O: throttles; 0 is none",
    {
      blockIO: {
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1024 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 0 }],
      },
    },
    ["blkio.throttle.read_bps_device 8:0 1024", "blkio.throttle.write_iops_device 8:16 0"],
    ["io.max 8:0 rbps=1024", "io.max 8:16 wiops=max"],
  ],
  [
    "an idle cgroup has no weight: the shares come before, and after the end of it",
    { cpu: { idle: 1, shares: 2 } },
    ["cpu.shares 2", "cpu.idle 1"],
    ["cpu.weight 1", "cpu.idle 1"],
  ],
  [
    "a quota with burst and period",
    { cpu: { quota: 20_000, burst: 10_000, period: 50_000 } },
    ["cpu.cfs_period_us 50000", "cpu.cfs_burst_us 10000", "cpu.cfs_quota_us 20000"],
    ["cpu.max.burst 10000", "cpu.max 20000 50000"],
  ],
  [
    "memory without limit has swap without limit",
    { memory: { limit: -1 } },
    ["memory.limit_in_bytes -1", "memory.memsw.limit_in_bytes -1"],
    ["memory.max max", "memory.swap.max max"],
  ],
  [
    "a number beyond 2^53 in full",
    { memory: { reservation: 2 ** 63 - 4096 } },
    ["memory.soft_limit_in_bytes 9223372036854771712"],
    ["memory.low 9223372036854771712"],
  ],
];

test.each(CASES)("%s", (_, resources, v1, v2) => {
  expect(lines(V1, resources)).toEqual(v1);
  expect(lines(V2, resources)).toEqual(v2);
});

test("network classes are v1's", () => {
  const network = { classID: 0x100001, priorities: [{ name: "eth0", priority: 500 }] };
  expect(lines(V1, { network })).toEqual(["net_cls.classid 1048577", "net_prio.ifpriomap eth0 500"]);
  expect(() => lines(V2, { network })).toThrow("network.classID");
});

test("v1: controllers that few configs ask for are joined by those alone", () => {
  expect(planCgroup(V1, "/c", {}).directories).not.toContain("/net_cls/c");
  expect(planCgroup(V1, "/c", { network: { classID: 1 } }).directories).toContain("/net_cls/c");
});

test("v2: their controllers are enabled for those that ask", () => {
  const enabled = (resources: OciResources) =>
    planCgroup(V2, "/a/c", resources).enable.flatMap(({ controllers }) => controllers);
  expect(enabled({})).not.toContain("hugetlb");
  expect(enabled({ hugepageLimits: [{ pageSize: "2MB", limit: 1 }] })).toContain("hugetlb");
});

test("hybrid: huge pages and devices go to v2 where v1 does not have them", () => {
  const hybrid: Hierarchy[] = [
    { version: 1, path: "/memory", controllers: ["memory"] },
    { version: 2, path: "/v2", controllers: ["hugetlb"] },
  ];
  expect(planCgroup(hybrid, "/c", {}).directories).toEqual(["/memory/c"]);
  const plan = planCgroup(hybrid, "/c", {
    hugepageLimits: [{ pageSize: "2MB", limit: 1 }],
    devices: [{ allow: false }],
  });
  expect(plan.directories).toEqual(["/memory/c", "/v2/c"]);
  expect(plan.deviceProgram?.directory).toBe("/v2/c");
  expect(plan.freezer).toBe("/v2/c/cgroup.freeze");
});

test("unified: a line a write, and a file of cgroup's own needs v2 as well", () => {
  expect(lines(V2, { unified: { "io.max": "8:0 rbps=1\n8:16 rbps=2\n", "pids.unknown": "x" } })).toEqual([
    "io.max 8:0 rbps=1",
    "io.max 8:16 rbps=2",
    "pids.unknown x",
  ]);
  expect(() => lines(V1, { unified: { "cgroup.max.depth": "1" } })).toThrow("unified");
});

test.each<[OciResources, string]>([
  [{ cpu: { quota: 999 } }, "cpu.quota"],
  [{ cpu: { period: 999 } }, "cpu.period"],
  [{ cpu: { quota: 5000, burst: 5001 } }, "cpu.burst"],
  [{ cpu: { realtimeRuntime: 2, realtimePeriod: 1 } }, "cpu.realtimeRuntime"],
  [{ memory: { limit: -1, swap: 5 } }, "memory.swap"],
  [{ memory: { limit: 5, swap: 4 } }, "memory.swap"],
  [{ memory: { useHierarchy: false } }, "memory.useHierarchy"],
])("%j is refused", (resources, member) => {
  expect(() => checkResources(resources)).toThrow(`linux.resources.${member}: `);
});

test.each<OciResources>([
  { cpu: { quota: -1, burst: 5000 } },
  { cpu: { quota: 0, period: 0, shares: 0 } },
  { memory: { limit: -1, swap: -1 } },
  { memory: { limit: 5, swap: 5, useHierarchy: true } },
])("%j is not", (resources) => {
  expect(() => checkResources(resources)).not.toThrow();
});

test("kernel memory is ignored with a warning, that of TCP on v2 alone", () => {
  expect(warningsFor({ memory: { kernel: 5 } }, true)).toHaveLength(1);
  expect(warningsFor({ memory: { kernelTCP: 5 } }, true)).toEqual([]);
  expect(warningsFor({ memory: { kernelTCP: 5, kernel: 0 } }, false)).toHaveLength(1);
});
