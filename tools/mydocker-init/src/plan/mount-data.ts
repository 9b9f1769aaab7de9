import { usageError } from "@mydocker/stage";
import { MOUNT_ATTR, MOUNT_FLAG } from "./kernel-flags.ts";
import type { MountOptions } from "./mount-options.ts";
import { type Operation, operation } from "./operations.ts";

/** fsconfig(2) takes strings of at most 255 bytes, and the shim keys of at most 63. */
const FSCONFIG = { value: 255, key: 63 };

/** mount(2) takes a page. */
const DATA_BYTES = 4095;

/** Whether only mount(2) can say it. */
export function needsMountData(source: string, options: MountOptions): boolean {
  return options.inodeVersion || Buffer.byteLength(source) > FSCONFIG.value || options.data.some(isLong);
}

function isLong(option: string): boolean {
  const [key = "", ...value] = option.split("=");
  return Buffer.byteLength(key) > FSCONFIG.key || Buffer.byteLength(value.join("=")) > FSCONFIG.value;
}

export function planMountData(type: string, source: string, target: string, options: MountOptions): Operation {
  const data = options.data.join(",");
  if (Buffer.byteLength(data) > DATA_BYTES)
    throw usageError(`mount ${target}: its options are longer than ${DATA_BYTES} bytes`);
  return operation("mount-data", type, source, target, mountFlags(options), data);
}

const SAME = MOUNT_ATTR.readonly | MOUNT_ATTR.nosuid | MOUNT_ATTR.nodev | MOUNT_ATTR.noexec;

const SUPERBLOCK_FLAG: Record<string, { set?: number; clear?: number }> = {
  sync: { set: MOUNT_FLAG.synchronous },
  async: { clear: MOUNT_FLAG.synchronous },
  dirsync: { set: MOUNT_FLAG.directorySync },
  lazytime: { set: MOUNT_FLAG.lazytime },
  nolazytime: { clear: MOUNT_FLAG.lazytime },
  mand: { set: MOUNT_FLAG.mandatoryLocks },
  nomand: { clear: MOUNT_FLAG.mandatoryLocks },
};

/** The first four attributes have the same numbers in both interfaces. */
function mountFlags({ own, recursive, superblock, inodeVersion }: MountOptions): number {
  const set = own.set | recursive.set;
  let flags = set & SAME;
  if ((set & MOUNT_ATTR.nosymfollow) !== 0) flags |= MOUNT_FLAG.nosymfollow;
  if ((set & MOUNT_ATTR.noatime) !== 0) flags |= MOUNT_FLAG.noatime;
  if ((set & MOUNT_ATTR.strictatime) !== 0) flags |= MOUNT_FLAG.strictatime;
  if ((set & MOUNT_ATTR.nodiratime) !== 0) flags |= MOUNT_FLAG.nodiratime;
  for (const option of superblock) {
    const { set: add = 0, clear = 0 } = SUPERBLOCK_FLAG[option] ?? {};
    flags = (flags & ~clear) | add;
  }
  return inodeVersion ? flags | MOUNT_FLAG.inodeVersion : flags;
}
