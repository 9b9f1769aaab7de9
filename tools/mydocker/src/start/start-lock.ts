import { join } from "node:path";
import { containerDirectory, type HostPaths, withLockInside } from "@mydocker/state";

/**
 * Runs `work` while nobody else starts a container, changes what a start begins with, or removes it. What was known of it
 * before may have changed by then.
 */
export function withStartLock<T>(paths: HostPaths, id: string, work: () => Promise<T>): Promise<T> {
  return withLockInside(join(containerDirectory(paths, id), "start.lock"), work);
}
