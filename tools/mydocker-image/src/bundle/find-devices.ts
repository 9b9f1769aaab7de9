import { readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { OciDevice, OciDeviceRule } from "@mydocker/oci";
import { systemError, unlessErrno, usageError } from "@mydocker/stage";
import { deviceNumbers } from "@mydocker/system/device-numbers";
import type { DeviceRequest } from "./device-spec.ts";

/** A device in the container, and what its processes may do with it. */
export interface GrantedDevice {
  device: OciDevice;
  rule: OciDeviceRule;
}

/**
 * Looks the devices up on the host: a link leads to its device, and a directory stands for all devices below it, as docker
 * has it. What is made in the container is a node of its own, never a mount of the host's.
 *
 * @throws MydockerError for what is not there, what is no device, and where two want the same place
 */
export function findDevices(requests: readonly DeviceRequest[]): GrantedDevice[] {
  const granted = requests.flatMap(devicesOf);
  const places = new Set<string>();
  for (const { device } of granted) {
    if (places.has(device.path)) throw usageError(`--device: ${device.path} is already the place of another device`);
    places.add(device.path);
  }
  return granted;
}

function devicesOf({ host, container, access }: DeviceRequest): GrantedDevice[] {
  const resolved = resolveHost(host);
  const status = statSync(resolved);
  const only = granted(status, container, access);
  if (only !== undefined) return [only];
  if (!status.isDirectory()) throw usageError(`--device ${host}: not a device node`, "a file of /dev");
  const found = devicesBelow(resolved, container, access);
  if (found.length === 0) throw usageError(`--device ${host}: there is no device in this directory`);
  return found;
}

function resolveHost(host: string): string {
  try {
    return realpathSync(host);
  } catch (error) {
    throw systemError(`--device ${host}`, error, "a device that the host has: ls /dev");
  }
}

/** Links in a directory are not followed: they would lead to devices that nobody asked for. */
function devicesBelow(directory: string, container: string, access: string): GrantedDevice[] {
  const entries = readdirSync(directory, { withFileTypes: true }).filter((entry) => !entry.isSymbolicLink());
  return entries.flatMap((entry) => {
    const [path, place] = [join(directory, entry.name), join(container, entry.name)];
    const status = unlessErrno(["ENOENT"], () => statSync(path));
    if (status === undefined) return [];
    return status.isDirectory() ? devicesBelow(path, place, access) : (granted(status, place, access) ?? []);
  });
}

/** @returns undefined for what is no device */
function granted(status: Stats, path: string, access: string): GrantedDevice | undefined {
  if (!status.isCharacterDevice() && !status.isBlockDevice()) return undefined;
  const type = status.isBlockDevice() ? "b" : "c";
  const { major, minor } = deviceNumbers(status.rdev);
  const owner = { fileMode: status.mode & 0o7777, uid: status.uid, gid: status.gid };
  return { device: { type, path, major, minor, ...owner }, rule: { allow: true, type, major, minor, access } };
}
