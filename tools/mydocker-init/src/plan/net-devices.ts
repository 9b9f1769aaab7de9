import type { OciConfig } from "@mydocker/oci";
import { usageError } from "@mydocker/stage";
import { namespacePath, originOf } from "./namespaces.ts";
import { type Operation, operation } from "./operations.ts";

/** config-linux.md#network-devices: done by the parent, once there is a network namespace to move them to. */
export function planNetDevices(config: OciConfig): Operation[] {
  const devices = Object.entries(config.linux?.netDevices ?? {});
  if (devices.length === 0) return [];
  if (originOf(config, "network") === "inherited") {
    throw usageError("linux.netDevices: they need a network namespace of the container's own");
  }
  const names = devices.map(([host, { name }]) => (name === undefined || name === null || name === "" ? host : name));
  const twice = names.find((name, index) => !name.includes("%") && names.indexOf(name) !== index);
  if (twice !== undefined) throw usageError(`linux.netDevices: two devices are to be called "${twice}"`);
  const path = namespacePath(config, "network");
  return devices.map(([host], index) => operation("move-device", host, names[index] ?? host, path));
}
