import { MydockerError, usageError } from "@mydocker/stage";
import { findContainer, type HostPaths } from "@mydocker/state";
import { findDefinition, toNetwork } from "./network/definition.ts";
import { defaultBridge, defaultNetwork, type Network } from "./network/network.ts";

export type NetworkChoice =
  /** `hasNames`: containers find each other by name; not on the default one, as in docker. */
  | { kind: "network"; network: Network; hasNames: boolean }
  | { kind: "host" }
  | { kind: "none" }
  /** Whose network it shares. */
  | { kind: "container"; id: string };

/** Parses `--network`. @throws MydockerError `NO_NETWORK`, `NO_CONTAINER`, `USAGE` */
export function parseNetwork(paths: HostPaths, text: string | undefined): NetworkChoice {
  if (text === undefined || isDefault(paths, text))
    return { kind: "network", network: defaultNetwork(paths), hasNames: false };
  if (text === "host" || text === "none") return { kind: text };
  if (text.startsWith("container:")) {
    const wanted = text.slice("container:".length);
    if (wanted === "") throw usageError("--network container: expected a container behind the colon");
    return { kind: "container", id: requireContainer(paths, wanted) };
  }
  const network = toNetwork(findDefinition(paths, text));
  // The host itself is not on a macvlan, and could not be asked.
  return { kind: "network", network, hasNames: network.parent === undefined };
}

/** Whether that may be a network with names; answers without looking. */
export function mayHaveNames(paths: HostPaths, text: string | undefined): boolean {
  return text !== undefined && !isDefault(paths, text) && !/^(host|none|container:.*)$/.test(text);
}

function isDefault(paths: HostPaths, text: string | undefined): boolean {
  return text === undefined || ["bridge", "default", "mydocker0", defaultBridge(paths)].includes(text);
}

/** A pipeline that cannot be built ends with 125, whatever is missing. */
function requireContainer(paths: HostPaths, wanted: string): string {
  try {
    return findContainer(paths, wanted);
  } catch (error) {
    if (!(error instanceof MydockerError)) throw error;
    throw new MydockerError(`--network container:${wanted}: ${error.message}`, { code: error.code });
  }
}
