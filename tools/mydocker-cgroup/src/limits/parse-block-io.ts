import { parseSize } from "@mydocker/cgroup";
import type { LimitFlags } from "@mydocker/cgroup/limit-flags";
import type { OciBlockIo, OciThrottle } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import type { HostFacts } from "./host-facts.ts";
import { parseNumber } from "./parse-number.ts";

const WEIGHT = { min: 10, max: 1000 };

/** What a number of operations goes up to: it is 32 bits wide in the kernel (block/blk-throttle.c). */
const MAX_IOPS = 2 ** 32 - 1;

export function parseBlockIo(flags: LimitFlags, host: HostFacts): OciBlockIo {
  const weight = flags["blkio-weight"] === undefined ? 0 : parseWeight("--blkio-weight", flags["blkio-weight"]);
  const weightDevice = onDisks(flags, host, "blkio-weight-device", (flag, text) => ({
    weight: parseWeight(flag, text),
  }));
  const bytes = (flag: string, text: string) => ({ rate: parseSize(flag, text) });
  const operations = (flag: string, text: string) => ({ rate: parseNumber(flag, text, 0, MAX_IOPS) });
  const throttles: Record<string, OciThrottle[]> = {
    throttleReadBpsDevice: onDisks(flags, host, "device-read-bps", bytes),
    throttleWriteBpsDevice: onDisks(flags, host, "device-write-bps", bytes),
    throttleReadIOPSDevice: onDisks(flags, host, "device-read-iops", operations),
    throttleWriteIOPSDevice: onDisks(flags, host, "device-write-iops", operations),
  };
  return {
    ...(weight > 0 ? { weight } : {}),
    ...(weightDevice.length > 0 ? { weightDevice } : {}),
    ...Object.fromEntries(Object.entries(throttles).filter(([, list]) => list.length > 0)),
  };
}

/** 0 is docker's "not set". */
function parseWeight(flag: string, text: string): number {
  const weight = parseNumber(flag, text, 0, WEIGHT.max);
  if (weight > 0 && weight < WEIGHT.min) throw usageError(`${flag} ${text}: Range of blkio weight is from 10 to 1000`);
  return weight;
}

type DiskFlag =
  | "blkio-weight-device"
  | "device-read-bps"
  | "device-write-bps"
  | "device-read-iops"
  | "device-write-iops";

/** `/dev/sda:1m`, as often as it was given. */
function onDisks<T extends object>(
  flags: LimitFlags,
  host: HostFacts,
  name: DiskFlag,
  parse: (flag: string, text: string) => T,
): ({ major: number; minor: number } & T)[] {
  return flags[name].map((spec) => {
    const [, path, value] = /^(\/dev\/[^:\0]+):([^:]+)$/.exec(spec) ?? [];
    if (path === undefined || value === undefined) {
      throw usageError(
        `--${name}: expected a disk and a value such as /dev/sda:${name.endsWith("bps") ? "1m" : "100"}, got ${JSON.stringify(spec)}`,
      );
    }
    const parsed = parse(`--${name}`, value);
    return { ...host.disk(`--${name}`, path), ...parsed };
  });
}
