import { MOUNT_ATTR, PROPAGATION } from "./kernel-flags.ts";

export interface MountOptions {
  bind: boolean;
  /** `rbind`: with everything mounted below the source. */
  recursiveBind: boolean;
  remount: boolean;
  /** MOUNT_ATTR_* to set and to clear. */
  set: number;
  clear: number;
  /** Attributes also apply to what is mounted below (`rro` and the other r-options). */
  recursiveAttributes: boolean;
  /** MS_* propagation, or 0. */
  propagation: number;
  /** What is left for the file system itself: `size=64m`. */
  data: string[];
}

type Change = { set?: number; clear?: number };

const ATTRIBUTES: Record<string, Change> = {
  ro: { set: MOUNT_ATTR.readonly },
  rw: { clear: MOUNT_ATTR.readonly },
  nosuid: { set: MOUNT_ATTR.nosuid },
  suid: { clear: MOUNT_ATTR.nosuid },
  nodev: { set: MOUNT_ATTR.nodev },
  dev: { clear: MOUNT_ATTR.nodev },
  noexec: { set: MOUNT_ATTR.noexec },
  exec: { clear: MOUNT_ATTR.noexec },
  noatime: { set: MOUNT_ATTR.noatime, clear: MOUNT_ATTR.atimeMask },
  atime: { clear: MOUNT_ATTR.atimeMask },
  relatime: { set: MOUNT_ATTR.relatime, clear: MOUNT_ATTR.atimeMask },
  norelatime: { clear: MOUNT_ATTR.atimeMask },
  strictatime: { set: MOUNT_ATTR.strictatime, clear: MOUNT_ATTR.atimeMask },
  nostrictatime: { clear: MOUNT_ATTR.atimeMask },
  nodiratime: { set: MOUNT_ATTR.nodiratime },
  diratime: { clear: MOUNT_ATTR.nodiratime },
  nosymfollow: { set: MOUNT_ATTR.nosymfollow },
  symfollow: { clear: MOUNT_ATTR.nosymfollow },
};

/** Options that change nothing on the new mount API: the defaults, and flags that mount(8) keeps to itself. */
const WITHOUT_EFFECT = new Set(["defaults", "async", "loud", "silent", "nomand", "noiversion", "nolazytime"]);

/**
 * Reads a mount's options (config.md, "Linux mount options"): attributes, propagation, bind; the rest is the file
 * system's. A later option overrules an earlier one.
 */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const result: MountOptions = {
    bind: false,
    recursiveBind: false,
    remount: false,
    set: 0,
    clear: 0,
    recursiveAttributes: false,
    propagation: 0,
    data: [],
  };
  for (const option of options) applyOption(result, option);
  return result;
}

function applyOption(result: MountOptions, option: string): void {
  const own = ATTRIBUTES[option];
  const recursive = option.startsWith("r") ? ATTRIBUTES[option.slice(1)] : undefined;
  if (option === "bind" || option === "rbind") {
    result.bind = true;
    result.recursiveBind ||= option === "rbind";
  } else if (option === "remount") {
    result.remount = true;
  } else if (own !== undefined) {
    applyAttribute(result, own);
  } else if (recursive !== undefined) {
    applyAttribute(result, recursive);
    result.recursiveAttributes = true;
  } else if (propagationOf(option) !== undefined) {
    result.propagation = propagationOf(option) ?? 0;
  } else if (!WITHOUT_EFFECT.has(option)) {
    result.data.push(option);
  }
}

function applyAttribute(result: MountOptions, change: Change): void {
  const set = change.set ?? 0;
  const clear = change.clear ?? 0;
  result.set = (result.set & ~clear) | set;
  // The kernel refuses to clear part of the access-time field, and clears what it sets anyway.
  result.clear = (result.clear & ~set) | clear;
}

/** `private`, `rprivate` … as MS_* flags; undefined for anything else. */
export function propagationOf(option: string): number | undefined {
  const single = PROPAGATION_TYPE[option];
  if (single !== undefined) return single;
  const recursive = option.startsWith("r") ? PROPAGATION_TYPE[option.slice(1)] : undefined;
  return recursive === undefined ? undefined : recursive | PROPAGATION.recursive;
}

const PROPAGATION_TYPE: Record<string, number> = {
  private: PROPAGATION.private,
  shared: PROPAGATION.shared,
  slave: PROPAGATION.slave,
  unbindable: PROPAGATION.unbindable,
};

/** Every option that is read here, with the r-forms: what `features` lists. The rest is the file systems'. */
export function mountOptionNames(): string[] {
  const attributes = Object.keys(ATTRIBUTES);
  const propagation = Object.keys(PROPAGATION_TYPE);
  const both = [...attributes, ...propagation];
  const names = ["bind", "rbind", ...both, ...both.map((name) => `r${name}`), ...WITHOUT_EFFECT];
  return [...new Set(names)].sort();
}
