import { join } from "node:path";
import type { OciConfig, OciMount } from "@mydocker/oci";
import { CONTAINER_FILE, containerDirectory, type HostPaths, readJsonIfExists } from "@mydocker/state";

/** A user's mount, in the shape of docker's `inspect`. */
export interface MountView {
  Type: "bind" | "tmpfs";
  Source: string;
  Destination: string;
  Mode: string;
  RW: boolean;
  Propagation: string;
}

/** The config that was run, or undefined while the stages are still at work on it. */
export function readRunConfig(paths: HostPaths, id: string): OciConfig | undefined {
  return readJsonIfExists(join(containerDirectory(paths, id), CONTAINER_FILE.config)) as OciConfig | undefined;
}

export function readMounts(paths: HostPaths, id: string): MountView[] {
  return listMounts(readRunConfig(paths, id)?.mounts ?? [], containerDirectory(paths, id));
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
