import { containerDirectory, type HostPaths, readContainerRecord } from "@mydocker/state";
import { isOwnerLive } from "../endpoint/life.ts";
import { type EndpointRecord, listEndpointIds, readEndpoint } from "../endpoint/record.ts";
import { defaultDefinition, listDefinitions, type NetworkDefinition } from "./definition.ts";
import { defaultBridge } from "./network.ts";

/** A container on a network. */
export interface NetworkMember {
  container: string;
  /** Absent for one that mydocker keeps no record of. */
  name?: string;
  interface: string;
  address: string;
  address6?: string;
  mac: string;
}

export interface NetworkDescription extends NetworkDefinition {
  driver: "bridge" | "macvlan";
  containers: NetworkMember[];
}

/** The networks that there are, the default one first. Those of CNI are its runtime's, and are not among them. */
export function describeNetworks(paths: HostPaths): NetworkDescription[] {
  const endpoints = listEndpointIds(paths)
    .filter((id) => isOwnerLive(paths, id))
    .flatMap((id) => readEndpoint(paths, id) ?? []);
  return [defaultDefinition(paths), ...listDefinitions(paths)].map((definition) => ({
    ...definition,
    driver: definition.parent === undefined ? "bridge" : "macvlan",
    containers: endpoints
      .filter((endpoint) => isOn(paths, endpoint, definition))
      .flatMap((endpoint) => member(paths, endpoint)),
  }));
}

function isOn(paths: HostPaths, { network, attachment }: EndpointRecord, { name }: NetworkDefinition): boolean {
  return attachment === undefined && network === (name === "bridge" ? defaultBridge(paths) : name);
}

function member(paths: HostPaths, { id, container = id, ifname, claimed }: EndpointRecord): NetworkMember[] {
  if (claimed === undefined) return [];
  const name = readContainerRecord(containerDirectory(paths, container))?.name;
  const { address, address6, mac } = claimed;
  return [
    {
      container,
      ...(name === undefined ? {} : { name }),
      interface: ifname,
      address,
      ...(address6 === undefined ? {} : { address6 }),
      mac,
    },
  ];
}
