import { join } from "node:path";
import { containerDirectory, type HostPaths, withLock } from "@mydocker/state";
import { type Container, requireContainer } from "../container/container.ts";

/**
 * Runs `work` on a container, as it is then, while nobody else starts it or changes what a start begins with.
 *
 * @throws MydockerError where it was removed before
 */
export function withStartLock<T>(paths: HostPaths, id: string, work: (container: Container) => Promise<T>): Promise<T> {
  return withLock(join(containerDirectory(paths, id), "start.lock"), async () => work(requireContainer(paths, id)));
}
