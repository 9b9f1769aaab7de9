import { expect, test } from "vitest";
import { toJson } from "./json.ts";
import { parseNetwork } from "./network.ts";
import { integer, keyed, list } from "./parse.ts";
import { V1_SECTIONS } from "./stats-v1.ts";
import { V2_SECTIONS } from "./stats-v2.ts";

function reader(files: Record<string, string>) {
  return (file: string) => files[file];
}

test("numbers of 64 bits stay whole, and no limit is Go's largest", () => {
  expect(
    toJson({ limit: integer("9223372036854771712"), none: integer("max"), left: undefined, list: [1n, "a"] }),
  ).toBe('{"limit":9223372036854771712,"none":18446744073709551615,"list":[1,"a"]}');
  expect(integer("12x")).toBeUndefined();
});

test("lists and keys", () => {
  expect(list("0-2,7")).toEqual([0, 1, 2, 7]);
  expect(list("")).toBeUndefined();
  expect(keyed("oom_kill_disable 0\nunder_oom 0\noom_kill 3")).toMatchObject({ oom_kill: 3n });
});

test("v1: usage by processor, memory with and without swap, disks", () => {
  const cpu = V1_SECTIONS.cpuacct?.(
    reader({
      "cpuacct.usage": "30",
      "cpuacct.usage_percpu": "10 20",
      "cpuacct.usage_all": "cpu user system\n0 4 6\n1 8 12",
      "cpuacct.usage_sys": "18",
      "cpuacct.usage_user": "12",
    }),
  ).cpu;
  expect(cpu?.usage).toEqual({
    total: 30n,
    percpu: [10n, 20n],
    percpu_kernel: [6n, 12n],
    percpu_user: [4n, 8n],
    kernel: 18n,
    user: 12n,
  });
  const memory = V1_SECTIONS.memory?.(
    reader({ "memory.limit_in_bytes": "64", "memory.usage_in_bytes": "7", "memory.stat": "cache 5" }),
  ).memory;
  expect(memory).toEqual({ cache: 5n, usage: { limit: 64n, usage: 7n, max: 0n, failcnt: 0n }, raw: { cache: 5n } });
  const blkio = V1_SECTIONS.blkio?.(
    reader({ "blkio.throttle.io_service_bytes_recursive": "254:0 Read 4096\n254:0 Total 4096\nTotal 4096" }),
  ).blkio;
  expect(blkio?.ioServiceBytesRecursive).toEqual([
    { major: 254n, minor: 0n, op: "Read", value: 4096n },
    { major: 254n, minor: 0n, op: "Total", value: 4096n },
  ]);
});

test("v2: microseconds become nanoseconds, swap is counted with memory", () => {
  expect(
    V2_SECTIONS.cpu?.(
      reader({ "cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_throttled 1\nthrottled_usec 7" }),
    ).cpu,
  ).toEqual({
    usage: { total: 5000n, kernel: 2000n, user: 3000n },
    throttling: { throttledPeriods: 1n, throttledTime: 7000n },
  });
  const files = {
    "memory.current": "10",
    "memory.max": "64",
    "memory.swap.current": "5",
    "memory.swap.max": "36",
    "memory.stat": "file 4",
  };
  expect(V2_SECTIONS.memory?.(reader(files)).memory).toMatchObject({
    cache: 4n,
    usage: { limit: 64n, usage: 10n },
    swap: { limit: 100n, usage: 15n },
  });
  expect(
    V2_SECTIONS.io?.(reader({ "io.stat": "254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0" })).blkio
      ?.ioServicedRecursive?.[0],
  ).toEqual({
    major: 254n,
    minor: 0n,
    op: "Read",
    value: 1n,
  });
});

test("pids without limit have none, as with runc", () => {
  for (const sections of [V1_SECTIONS, V2_SECTIONS]) {
    expect(sections.pids?.(reader({ "pids.current": "3", "pids.max": "max" })).pids).toEqual({ current: 3n });
    expect(sections.pids?.(reader({ "pids.current": "3", "pids.max": "9" })).pids).toEqual({ current: 3n, limit: 9n });
  }
});

test("interfaces but the loopback", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:    2000      20    1    2    0     0          0         0      900       9    3    4    0     0       0          0
`;
  expect(parseNetwork(text)).toEqual([
    {
      Name: "eth0",
      RxBytes: 2000n,
      RxPackets: 20n,
      RxErrors: 1n,
      RxDropped: 2n,
      TxBytes: 900n,
      TxPackets: 9n,
      TxErrors: 3n,
      TxDropped: 4n,
    },
  ]);
});
