import {
  ConfigError,
  expectAbsolute,
  expectId,
  expectInteger,
  expectRecord,
  expectString,
  forEach,
  optional,
  quote,
} from "./expect.ts";

const CLOCKS = ["monotonic", "boottime"];

/** What the namespaces of `linux.namespaces` are made with (config-linux.md). */
export function checkNamespaceSettings(linux: Record<string, unknown>, at: string): void {
  checkIdMappings(linux, at);
  optional(linux.timeOffsets, `${at}.timeOffsets`, (offsets, where) => {
    for (const [clock, offset] of Object.entries(expectRecord(offsets, where))) {
      if (!CLOCKS.includes(clock)) {
        throw new ConfigError(`${where}: expected the clocks ${CLOCKS.join(" and ")}, got ${quote(clock)}`);
      }
      const { secs, nanosecs } = expectRecord(offset, `${where}.${clock}`);
      optional(secs, `${where}.${clock}.secs`, (value, path) => expectInteger(value, path, -(2 ** 52), 2 ** 52));
      optional(nanosecs, `${where}.${clock}.nanosecs`, (value, path) => expectInteger(value, path, 0, 999_999_999));
    }
  });
  optional(linux.netDevices, `${at}.netDevices`, (devices, where) => {
    for (const [name, device] of Object.entries(expectRecord(devices, where))) {
      checkDeviceName(name, `${where}: the name`);
      const deviceAt = `${where}[${quote(name)}]`;
      optional(expectRecord(device, deviceAt).name, `${deviceAt}.name`, checkDeviceName);
    }
  });
}

/** uidMappings and gidMappings of a config or a mount: both or neither. */
export function checkIdMappings(owner: Record<string, unknown>, at: string): void {
  for (const member of ["uidMappings", "gidMappings"]) {
    optional(owner[member], `${at}.${member}`, (mappings, where) => forEach(mappings, where, checkIdMapping));
  }
  if (isAbsent(owner.uidMappings) !== isAbsent(owner.gidMappings)) {
    throw new ConfigError(`${at}: uidMappings and gidMappings belong together, and one of them is missing`);
  }
}

function isAbsent(mappings: unknown): boolean {
  return mappings === undefined || mappings === null || (Array.isArray(mappings) && mappings.length === 0);
}

function checkIdMapping(value: unknown, at: string): void {
  const mapping = expectRecord(value, at);
  for (const member of ["containerID", "hostID"]) expectId(mapping[member], `${at}.${member}`);
  expectInteger(mapping.size, `${at}.size`, 1, 2 ** 32 - 1);
}

/** dev_valid_name() of the kernel. */
function checkDeviceName(value: unknown, at: string): void {
  const name = expectString(value, at);
  if (!/^[^\s/:\0]{1,15}$/.test(name) || name === "." || name === "..") {
    throw new ConfigError(`${at}: expected the name of a network device, 1 to 15 bytes, got ${quote(name)}`);
  }
}

export function checkDevice(value: unknown, at: string): void {
  const device = expectRecord(value, at);
  const type = expectString(device.type, `${at}.type`);
  if (!["c", "b", "u", "p"].includes(type))
    throw new ConfigError(`${at}.type: expected c, b, u or p, got ${quote(type)}`);
  expectAbsolute(device.path, `${at}.path`);
  for (const member of ["major", "minor"]) {
    const path = `${at}.${member}`;
    // A FIFO has no number (config-linux.md#devices).
    if (type !== "p") expectInteger(device[member], path, 0, 2 ** 31 - 1);
    else optional(device[member], path, (number, where) => expectInteger(number, where, -1, 2 ** 31 - 1));
  }
  optional(device.fileMode, `${at}.fileMode`, (mode, path) => expectInteger(mode, path, 0, 0o177777));
  for (const member of ["uid", "gid"]) optional(device[member], `${at}.${member}`, expectId);
}
