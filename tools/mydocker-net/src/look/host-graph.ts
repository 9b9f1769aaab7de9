import { containerDirectory, type HostPaths, readContainerRecord } from "@mydocker/state";
import { type EndpointRecord, listEndpointIds, readEndpoint } from "../endpoint/record.ts";
import { bridgeExists, linkExists } from "../link/links.ts";
import { listMade } from "../network/bridge-state.ts";
import { defaultDefinition, listDefinitions } from "../network/definition.ts";
import { defaultBridge } from "../network/network.ts";
import { describeMapping } from "../ports/port-spec.ts";

/** What `graph` draws. */
export interface HostGraph {
  networks: GraphNetwork[];
}

export interface GraphNetwork {
  name: string;
  bridge: string;
  /** Whether the bridge is there: it comes with the first container. */
  isUp: boolean;
  /** The bridge's, with prefix lengths. */
  addresses: string[];
  isInternal: boolean;
  endpoints: GraphEndpoint[];
}

export interface GraphEndpoint {
  /** The container's name, or the beginning of its id. */
  container: string;
  link: string;
  isUp: boolean;
  interface: string;
  addresses: string[];
  /** `0.0.0.0:8080->80/tcp`. */
  ports: string[];
}

/** The networks that there are, those of CNI that are up as well, with their endpoints. */
export function readHostGraph(paths: HostPaths): HostGraph {
  const endpoints = listEndpointIds(paths).flatMap((id) => readEndpoint(paths, id) ?? []);
  const own = [{ ...defaultDefinition(paths), name: defaultBridge(paths) }, ...listDefinitions(paths)];
  const known = new Set(own.map(({ bridge }) => bridge));
  const ofCni = listMade(paths).filter(({ bridge }) => !known.has(bridge));
  return {
    networks: [...own, ...ofCni].map(({ name, bridge, subnet, gateway, subnet6, gateway6, internal }) => ({
      name,
      bridge,
      isUp: bridgeExists(bridge),
      addresses: [
        `${gateway}${prefixOf(subnet)}`,
        ...(subnet6 === undefined ? [] : [`${gateway6}${prefixOf(subnet6)}`]),
      ],
      isInternal: internal === true,
      endpoints: endpoints
        .filter((endpoint) => endpoint.bridge === bridge)
        .map((endpoint) => graphEndpoint(paths, endpoint)),
    })),
  };
}

function graphEndpoint(paths: HostPaths, record: EndpointRecord): GraphEndpoint {
  const { id, container = record.attachment?.containerId ?? id, link, ifname, claimed } = record;
  const addresses = [claimed?.address, claimed?.address6].filter((address) => address !== undefined);
  return {
    container: readContainerRecord(containerDirectory(paths, container))?.name ?? container.slice(0, 12),
    link,
    isUp: linkExists(link),
    interface: ifname,
    addresses,
    ports: (claimed?.ports ?? []).map(describeMapping),
  };
}

function prefixOf(subnet: string): string {
  return subnet.slice(subnet.indexOf("/"));
}
