import { normalize } from "node:path";
import type { OciDevice } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { FILE_TYPE } from "./kernel-flags.ts";
import { type Operation, operation } from "./operations.ts";

/** config-linux.md#default-devices: name, major, minor. All c, 0666. */
const DEFAULT_DEVICES: readonly [string, number, number][] = [
  ["null", 1, 3],
  ["zero", 1, 5],
  ["full", 1, 7],
  ["random", 1, 8],
  ["urandom", 1, 9],
  ["tty", 5, 0],
];

/** runtime-linux.md: made after the mounts. */
const DEFAULT_LINKS: readonly [string, string][] = [
  ["/proc/self/fd", "/dev/fd"],
  ["/proc/self/fd/0", "/dev/stdin"],
  ["/proc/self/fd/1", "/dev/stdout"],
  ["/proc/self/fd/2", "/dev/stderr"],
  ["pts/ptmx", "/dev/ptmx"],
];

const TYPE: Record<OciDevice["type"], number> = {
  c: FILE_TYPE.character,
  u: FILE_TYPE.character,
  b: FILE_TYPE.block,
  p: FILE_TYPE.fifo,
};

export interface DeviceSurroundings {
  /** The container's /dev is another directory, bound: what is made there would be made in that. */
  isDevBound: boolean;
  /** The links into /proc/self lead somewhere. */
  hasProc: boolean;
}

/** The default devices, the listed ones, and the links in /dev. */
export function planDevices(devices: readonly OciDevice[], { isDevBound, hasProc }: DeviceSurroundings): Operation[] {
  if (isDevBound) return devices.filter(({ path }) => !isBelowDev(path)).map(planDevice);
  const listed = new Set(devices.map((device) => normalize(device.path)));
  const defaults = DEFAULT_DEVICES.filter(([name]) => !listed.has(`/dev/${name}`));
  return [
    ...defaults.map(([name, major, minor]) =>
      operation("device", `/dev/${name}`, FILE_TYPE.character, 0o666, major, minor, 0, 0),
    ),
    ...devices.map(planDevice),
    ...DEFAULT_LINKS.filter(([target]) => hasProc || !target.startsWith("/proc/")).map(([target, path]) =>
      operation("symbolic-link", target, path),
    ),
  ];
}

function isBelowDev(path: string): boolean {
  return normalize(path).startsWith("/dev/");
}

function planDevice(device: OciDevice): Operation {
  const type = TYPE[device.type];
  if (type === undefined) throw usageError(`device ${device.path}: expected type c, b, u or p, got "${device.type}"`);
  const { path, fileMode = 0o666, major = 0, minor = 0, uid = 0, gid = 0 } = device;
  return operation("device", path, type, fileMode & 0o7777, major, minor, uid, gid);
}
