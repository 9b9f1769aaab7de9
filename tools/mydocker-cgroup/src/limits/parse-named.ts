import { parseSize } from "@mydocker/cgroup";
import type { OciDeviceRule, OciResources } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { parseNumber } from "./parse-number.ts";

// Limits of what has a name of its own: devices, sizes of pages, adapters, files.

/** docker's form of a rule of the device controller: `c 42:* rwm`. */
export function parseDeviceRule(text: string): OciDeviceRule {
  const [, type, major, minor, access] = /^([acb]) (\d{1,7}|\*):(\d{1,7}|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined || access === undefined) {
    throw usageError(
      `--device-cgroup-rule: expected a type, numbers and access such as 'c 1:* rwm', got ${JSON.stringify(text)}`,
    );
  }
  return {
    allow: true,
    type: type as "a" | "b" | "c",
    ...(major === "*" ? {} : { major: Number(major) }),
    ...(minor === "*" ? {} : { minor: Number(minor) }),
    access,
  };
}

/** `2MB=64m`; sizes of pages are called as the kernel calls their files. */
export function parseHugePages(text: string): { pageSize: string; limit: number } {
  const [, pageSize, size] = /^([1-9]\d{0,5}[KMG]B)=(.+)$/.exec(text) ?? [];
  if (pageSize === undefined || size === undefined) {
    throw usageError(`--hugetlb: expected the size of a page and a limit such as 2MB=64m, got ${JSON.stringify(text)}`);
  }
  return { pageSize, limit: parseSize("--hugetlb", size) };
}

/** Numbers in the kernel are 32 bits wide (kernel/cgroup/rdma.c). */
const MAX_RDMA = 2 ** 31 - 1;

/** `mlx5_0=2:2000`: handles, then objects; either may be left out. */
export function parseRdma(text: string): [device: string, NonNullable<OciResources["rdma"]>[string]] {
  const [, device, handles, objects] = /^([\w.-]+)=(\d*)(?::(\d+))?$/.exec(text) ?? [];
  if (device === undefined || (!handles && objects === undefined)) {
    throw usageError(
      `--rdma: expected an adapter with its handles and objects such as mlx5_0=2:2000, got ${JSON.stringify(text)}`,
    );
  }
  return [
    device,
    {
      ...(handles ? { hcaHandles: parseNumber("--rdma", handles, 0, MAX_RDMA) } : {}),
      ...(objects === undefined ? {} : { hcaObjects: parseNumber("--rdma", objects, 0, MAX_RDMA) }),
    },
  ];
}

/** `memory.high=1073741824`: what goes into a file of cgroup v2 as it is. */
export function parseCgroupConf(text: string): [file: string, value: string] {
  const [, file, value] = /^([a-z0-9_]+\.[a-zA-Z0-9_.-]+)=(.+)$/s.exec(text) ?? [];
  if (file === undefined || value === undefined || value.includes("\0")) {
    throw usageError(
      `--cgroup-conf: expected a file of cgroup v2 and a value such as memory.high=1073741824, got ${JSON.stringify(text)}`,
    );
  }
  return [file, value];
}
