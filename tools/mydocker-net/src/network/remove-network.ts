import { MydockerError, usageError } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { collectBridges } from "../collect-bridges.ts";
import { describeHolder } from "../endpoint/conflicts.ts";
import { isOwnerLive } from "../endpoint/life.ts";
import { listEndpointsOn } from "../endpoint/record.ts";
import { findDefinition, type NetworkDefinition, OWN_NAMES, removeDefinition } from "./definition.ts";
import { defaultBridge } from "./network.ts";

/** Containers that are on it. */
export function liveEndpointsOn(paths: HostPaths, { bridge }: NetworkDefinition): string[] {
  return listEndpointsOn(paths, bridge).filter((id) => isOwnerLive(paths, id));
}

/**
 * Removes a network that no container is on. Call it under the network lock.
 *
 * @returns its name
 * @throws MydockerError `NO_NETWORK`, `NETWORK_IN_USE`
 */
export function removeNetwork(paths: HostPaths, wanted: string): string {
  if (OWN_NAMES.includes(wanted) || wanted === defaultBridge(paths)) {
    throw usageError(`${wanted} is a pre-defined network and cannot be removed`);
  }
  const definition = findDefinition(paths, wanted);
  const { name } = definition;
  const [user] = liveEndpointsOn(paths, definition);
  if (user !== undefined) {
    const { who, remove } = describeHolder(paths, user.split(":")[0] ?? user);
    throw new MydockerError(`network ${name} is in use by ${who}`, {
      code: "NETWORK_IN_USE",
      hint: `mydocker network disconnect ${name} ${user.slice(0, 12)}, or: ${remove}`,
    });
  }
  // The definition first: who attaches from now on finds none.
  removeDefinition(paths, name);
  collectBridges(paths, false, () => {});
  return name;
}
