/** Numbers of the kernel's interface: the shim takes them as they are and adds none of its own. */

/** clone(2), `CLONE_NEW*`, by the name that the OCI spec gives the namespace. */
export const NAMESPACE_FLAG = {
  mount: 0x0002_0000,
  cgroup: 0x0200_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  user: 0x1000_0000,
  pid: 0x2000_0000,
  network: 0x4000_0000,
  time: 0x0000_0080,
} as const;

/** mount_setattr(2). Access time is a field, not a flag: setting one clears the whole field first. */
export const MOUNT_ATTR = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  atimeMask: 0x70,
  relatime: 0x00,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80,
  nosymfollow: 0x20_0000,
} as const;

/** mount(2), what it has besides the attributes that mount_setattr(2) knows. */
export const MOUNT_FLAG = {
  synchronous: 0x10,
  mandatoryLocks: 0x40,
  directorySync: 0x80,
  nosymfollow: 0x100,
  noatime: 0x400,
  nodiratime: 0x800,
  strictatime: 0x100_0000,
  inodeVersion: 0x80_0000,
  lazytime: 0x200_0000,
} as const;

/** mount(2), propagation types and their recursion. */
export const PROPAGATION = {
  unbindable: 0x2_0000,
  private: 0x4_0000,
  slave: 0x8_0000,
  shared: 0x10_0000,
  recursive: 0x4000,
} as const;

/** stat(2), types of device files. */
export const FILE_TYPE = { character: 0o020000, block: 0o060000, fifo: 0o010000 } as const;
