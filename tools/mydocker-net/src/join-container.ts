import { join } from "node:path";
import { ANNOTATION, getAnnotation, type NetworkEndpoint, type OciConfig, parseConfig } from "@mydocker/oci";
import { MydockerError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, containerLife, type HostPaths, readTextIfExists } from "@mydocker/state";
import { withEndpoint, withEtcMounts, withSharedHostname } from "./config-network.ts";

/**
 * Gives container `id` the network of another: its namespace, its host name, and its files of /etc.
 *
 * @throws MydockerError `NOT_RUNNING`
 */
export function joinContainer(paths: HostPaths, config: OciConfig, id: string, target: string): OciConfig {
  const { status, runtime } = containerLife(paths, target);
  if (runtime === undefined || (status !== "running" && status !== "created")) {
    throw new MydockerError(`--network container:${target.slice(0, 12)}: that container is not running`, {
      code: "NOT_RUNNING",
      hint: "a container that runs: mydocker ps",
    });
  }
  const directory = containerDirectory(paths, target);
  const text = readTextIfExists(join(directory, CONTAINER_FILE.config));
  const annotation = text === undefined ? undefined : getAnnotation(parseConfig(text), ANNOTATION.network);
  const theirs = annotation === undefined ? undefined : (JSON.parse(annotation) as NetworkEndpoint);
  const name = readTextIfExists(join(directory, CONTAINER_FILE.hostname))?.trim() ?? target.slice(0, 12);
  const named = withSharedHostname(config, id, name);
  const withFiles = text === undefined ? named : withEtcMounts(named, directory);
  if (theirs?.network === "host") return withEndpoint(withFiles, { network: "host" });
  const netns = theirs?.netns ?? `/proc/${runtime.init.pid}/ns/net`;
  return withEndpoint(withFiles, { network: `container:${target}`, netns });
}
