import { join } from "node:path";
import type { HostPaths } from "@mydocker/state";

/** Everything of an endpoint that follows from the container's id alone, so that it can be undone by id alone. */
export interface EndpointNames {
  /** Twelve hex digits. */
  key: string;
  netns: string;
  netnsPath: string;
  /** The host's end of the veth. */
  link: string;
  /** The ifb that limits what the container sends. */
  mirror: string;
  recordPath: string;
  /** Claim on `key`: two ids may begin with the same twelve digits. */
  keyClaim: string;
}

export function endpointNames(paths: HostPaths, id: string): EndpointNames {
  // What has a colon in it is not a container's first endpoint, whose key its id gives.
  const key = /^([0-9a-f]{12})[^:]*$/.exec(id)?.[1] ?? hashedKey(`${paths.prefix}:${id}`);
  const netns = `${paths.prefix}-${key}`;
  return {
    key,
    netns,
    netnsPath: `/run/netns/${netns}`,
    link: `md-${key}`,
    mirror: `mi-${key}`,
    recordPath: join(endpointsDirectory(paths), `${id}.json`),
    keyClaim: join(keysDirectory(paths), key),
  };
}

/** For ids that were not chosen by mydocker, which two installations may both have. node:crypto takes 4 ms to load, so it is not imported up there. */
function hashedKey(id: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(id).digest("hex").slice(0, 12);
}

export function endpointsDirectory(paths: HostPaths): string {
  return join(paths.run, "net/endpoints");
}

export function keysDirectory(paths: HostPaths): string {
  return join(paths.run, "net/keys");
}

/** One claim for each published port; the host's ports are shared by all bridges. */
export function portsDirectory(paths: HostPaths): string {
  return join(paths.run, "net/ports");
}

/** One directory for each bridge. */
export function bridgesDirectory(paths: HostPaths): string {
  return join(paths.run, "net/bridges");
}

export function bridgeDirectory(paths: HostPaths, bridge: string): string {
  return join(bridgesDirectory(paths), bridge);
}

export function addressesDirectory(paths: HostPaths, bridge: string): string {
  return join(bridgeDirectory(paths, bridge), "addresses");
}
