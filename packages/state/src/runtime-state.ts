import { join } from "node:path";
import type { OciState } from "@mydocker/oci";
import { readJsonIfExists } from "./atomic-file.ts";
import { RUNTIME_FILE } from "./paths.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/**
 * What mydocker-init knows of a container that exists in the kernel. Written before the container's init may go on,
 * so there is never a process without a record.
 */
export interface RuntimeState extends Omit<OciState, "status" | "pid"> {
  /** The container's init, in the host's pid namespace. */
  init: ProcessIdentity;
  /** The shim process that stays with the container, where there is one. */
  monitor?: ProcessIdentity;
  /** RFC 3339 with nanoseconds. */
  created: string;
  /** Set at once by `run`; `create` leaves it to the `started` claim. */
  started?: string;
  /** Relative to the mount point of each cgroup hierarchy; "" where the container has no cgroup of its own. */
  cgroupsPath: string;
  /** Files that a process writes `0` to in order to join the container's cgroups. */
  cgroupJoinFiles: string[];
  /** The file by which the container is frozen and thawed; none where the host cannot. */
  freezer?: string;
  /** The unit that systemd has made of the container's cgroup (`--systemd-cgroup`). */
  scope?: string;
  rootfs: string;
}

/** @param directory the container's runtime directory */
export function readRuntimeState(directory: string): RuntimeState | undefined {
  const state = readJsonIfExists(join(directory, RUNTIME_FILE.state));
  return state as RuntimeState | undefined;
}
