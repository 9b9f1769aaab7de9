import { expect, test } from "vitest";
import { cpuLimits, memoryLimits } from "./read-limits.ts";

const reader = (files: Record<string, string>) => (file: string) => files[file];

test.each<[1 | 2, Record<string, string>, object]>([
  [1, { "memory.limit_in_bytes": "64", "memory.memsw.limit_in_bytes": "96" }, { limit: 64, swap: 96 }],
  [1, { "memory.limit_in_bytes": "64", "memory.memsw.limit_in_bytes": "9223372036854771712" }, { limit: 64 }],
  [1, { "memory.limit_in_bytes": "9223372036854771712" }, {}],
  [2, { "memory.max": "64", "memory.swap.max": "32" }, { limit: 64, swap: 96 }],
  [2, { "memory.max": "64", "memory.swap.max": "max" }, { limit: 64 }],
  [2, { "memory.max": "max" }, {}],
])("memory on v%i: %j", (version, files, limits) => {
  expect(memoryLimits(version, reader(files))).toEqual(limits);
});

test.each<[1 | 2, Record<string, string>, object]>([
  [1, { "cpu.cfs_quota_us": "5000", "cpu.cfs_period_us": "10000" }, { quota: 5000, period: 10_000 }],
  [1, { "cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "10000", "cpu.cfs_burst_us": "0" }, { period: 10_000 }],
  [2, { "cpu.max": "5000 10000", "cpu.max.burst": "70" }, { quota: 5000, period: 10_000, burst: 70 }],
  [2, { "cpu.max": "max 100000" }, { period: 100_000 }],
  [2, {}, {}],
])("cpu on v%i: %j", (version, files, limits) => {
  expect(cpuLimits(version, reader(files))).toEqual(limits);
});
