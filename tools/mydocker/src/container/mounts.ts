import { join } from "node:path";
import type { OciConfig, OciMount } from "@mydocker/oci";
import {
  CONTAINER_FILE,
  containerDirectory,
  type HostPaths,
  RUNTIME_FILE,
  readJsonIfExists,
  runtimeDirectory,
} from "@mydocker/state";
import type { Container } from "./container.ts";

/** A user's mount, in the shape of docker's `inspect`. */
export interface MountView {
  Type: "bind" | "tmpfs";
  Source: string;
  Destination: string;
  Mode: string;
  RW: boolean;
  Propagation: string;
}

/** The config that was run; what it begins with, where it never was; undefined while that is still made. */
export function readConfigOf(paths: HostPaths, id: string): OciConfig | undefined {
  const read = (name: string) => readJsonIfExists(join(containerDirectory(paths, id), name)) as OciConfig | undefined;
  return read(CONTAINER_FILE.config) ?? read(CONTAINER_FILE.bundled);
}

/** The runtime's copy, which has the limits that are in force; undefined for what does not run. */
export function readConfigInForce(paths: HostPaths, { id, life }: Container): OciConfig | undefined {
  if (life.runtime === undefined) return undefined;
  return readJsonIfExists(join(runtimeDirectory(paths, id), RUNTIME_FILE.config)) as OciConfig | undefined;
}

export function readMounts(paths: HostPaths, id: string): MountView[] {
  return listMounts(readConfigOf(paths, id)?.mounts ?? [], containerDirectory(paths, id));
}

/** What the user mounted: binds of the host's files. Those from the container's own directory are ours. */
export function listMounts(mounts: OciMount[], directory: string): MountView[] {
  return mounts
    .filter((mount) => isBind(mount) && !(mount.source ?? "").startsWith(`${directory}/`))
    .map(({ source = "", destination, options = [] }) => ({
      Type: "bind" as const,
      Source: source,
      Destination: destination,
      Mode: options.includes("ro") ? "ro" : "",
      RW: !options.includes("ro"),
      Propagation: options.find((option) => /^r?(private|shared|slave)$/.test(option)) ?? "rprivate",
    }));
}

function isBind({ type, options = [] }: OciMount): boolean {
  return type === "bind" || options.includes("bind") || options.includes("rbind");
}
