import type { OciRlimit } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { type Operation, operation } from "./operations.ts";

/** getrlimit(2), by number on Linux. */
const RESOURCES = [
  "RLIMIT_CPU",
  "RLIMIT_FSIZE",
  "RLIMIT_DATA",
  "RLIMIT_STACK",
  "RLIMIT_CORE",
  "RLIMIT_RSS",
  "RLIMIT_NPROC",
  "RLIMIT_NOFILE",
  "RLIMIT_MEMLOCK",
  "RLIMIT_AS",
  "RLIMIT_LOCKS",
  "RLIMIT_SIGPENDING",
  "RLIMIT_MSGQUEUE",
  "RLIMIT_NICE",
  "RLIMIT_RTPRIO",
  "RLIMIT_RTTIME",
];

/** @throws MydockerError for an unknown type, one that stands twice, or a soft limit above the hard one */
export function planLimits(limits: readonly OciRlimit[]): Operation[] {
  const seen = new Set<string>();
  return limits.map(({ type, soft, hard }) => {
    const resource = RESOURCES.indexOf(type);
    if (resource === -1) throw usageError(`rlimit "${type}": expected a name as in getrlimit(2), RLIMIT_NOFILE`);
    if (seen.has(type)) throw usageError(`rlimit ${type}: listed twice`);
    if (soft > hard) throw usageError(`rlimit ${type}: the soft limit ${soft} is above the hard limit ${hard}`);
    seen.add(type);
    return operation("limit", resource, limitValue(soft), limitValue(hard));
  });
}

/** By the parent, before: in a user namespace no privilege raises a limit above what it was. */
export function planChildLimits(limits: readonly OciRlimit[]): Operation[] {
  return limits.map(({ type, hard }) => operation("child-limit", RESOURCES.indexOf(type), limitValue(hard)));
}

/** RLIM_INFINITY, 2^64-1, is rounded up to 2^64 where a config has been through a JSON reader that rounds. */
function limitValue(value: number | bigint): bigint {
  return value >= 2 ** 64 ? 2n ** 64n - 1n : BigInt(value);
}
