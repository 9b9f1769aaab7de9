import { MOUNT_ATTR, PROPAGATION } from "./kernel-flags.ts";

export interface MountOptions {
  bind: boolean;
  /** `rbind`: with everything mounted below the source. */
  recursiveBind: boolean;
  remount: boolean;
  /** Attributes of the mount itself. */
  own: AttributeChange;
  /** Attributes also of what is mounted below (`rro` and the other r-options); set before `own`. */
  recursive: AttributeChange;
  /** MS_* propagation types, in the order given. */
  propagation: number[];
  /** `idmap`, or `ridmap`: also what is mounted below. */
  idMap: "none" | "own" | "recursive";
  /** `tmpcopyup`: a tmpfs that begins with a copy of what the image has there. */
  copyUp: boolean;
  /** `iversion`, which only mount(2) takes. */
  inodeVersion: boolean;
  /** Flags of the file system and not of the mount, as fsconfig(2) calls them: `sync`, `lazytime`. */
  superblock: string[];
  /** What is left for the file system itself: `size=64m`. */
  data: string[];
}

/** MOUNT_ATTR_* to set and to clear. */
export interface AttributeChange {
  set: number;
  clear: number;
}

const ATTRIBUTES: Record<string, Partial<AttributeChange>> = {
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

/** Those that vfs_parse_sb_flag() of the kernel knows, whatever the file system. */
const SUPERBLOCK = new Set(["sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand"]);

/** They change nothing: the default, and what would be said in the kernel's log (the mount calls used here say it to the caller). */
const WITHOUT_EFFECT = new Set(["defaults", "loud", "silent"]);

/**
 * Reads a mount's options (config.md, "Linux mount options"): attributes, propagation, bind; the rest is the file
 * system's. A later option overrules an earlier one.
 */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const result: MountOptions = {
    bind: false,
    recursiveBind: false,
    remount: false,
    own: { set: 0, clear: 0 },
    recursive: { set: 0, clear: 0 },
    propagation: [],
    idMap: "none",
    copyUp: false,
    inodeVersion: false,
    superblock: [],
    data: [],
  };
  for (const option of options) {
    if (!applyAttributes(result, option) && !applyKind(result, option)) result.data.push(option);
  }
  return result;
}

function applyAttributes(result: MountOptions, option: string): boolean {
  const own = ATTRIBUTES[option];
  const recursive = option.startsWith("r") ? ATTRIBUTES[option.slice(1)] : undefined;
  const propagation = propagationOf(option);
  if (own !== undefined) applyChange(result.own, own);
  else if (recursive !== undefined) {
    applyChange(result.recursive, recursive);
    // It is for the mount itself, too.
    const covered = (recursive.set ?? 0) | (recursive.clear ?? 0);
    result.own.set &= ~covered;
    result.own.clear &= ~covered;
  } else if (propagation !== undefined) result.propagation.push(propagation);
  return own !== undefined || recursive !== undefined || propagation !== undefined;
}

function applyKind(result: MountOptions, option: string): boolean {
  if (option === "bind" || option === "rbind") {
    result.bind = true;
    result.recursiveBind ||= option === "rbind";
  } else if (option === "remount") result.remount = true;
  else if (option === "idmap" || option === "ridmap") result.idMap = option === "idmap" ? "own" : "recursive";
  else if (option === "tmpcopyup") result.copyUp = true;
  else if (option === "iversion" || option === "noiversion") result.inodeVersion = option === "iversion";
  else if (SUPERBLOCK.has(option)) result.superblock.push(option);
  else return WITHOUT_EFFECT.has(option);
  return true;
}

function applyChange(result: AttributeChange, { set = 0, clear = 0 }: Partial<AttributeChange>): void {
  result.set = (result.set & ~clear) | set;
  // The kernel refuses to clear part of the access-time field, and clears what it sets anyway.
  result.clear = (result.clear & ~set) | clear;
}

export function changesNothing({ set, clear }: AttributeChange): boolean {
  return set === 0 && clear === 0;
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

/** The options of `applyKind`. */
const KINDS = ["bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup", "iversion", "noiversion"];

/** Every option that is read here: what `features` lists. The rest is the file systems'. */
export function mountOptionNames(): string[] {
  const withRecursion = [...Object.keys(ATTRIBUTES), ...Object.keys(PROPAGATION_TYPE)];
  const recursive = withRecursion.map((name) => `r${name}`);
  return [...new Set([...KINDS, ...withRecursion, ...recursive, ...SUPERBLOCK, ...WITHOUT_EFFECT])].sort();
}
