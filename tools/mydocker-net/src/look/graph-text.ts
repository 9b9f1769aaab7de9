import type { GraphEndpoint, GraphNetwork, HostGraph } from "./host-graph.ts";

/** The graph as a tree: networks, links, containers, and what reaches them from outside. */
export function renderText({ networks }: HostGraph): string {
  const lines = networks.flatMap((network, index) => branch(index === networks.length - 1, networkLines(network)));
  return ["host", ...lines].map((line) => `${line}\n`).join("");
}

function networkLines({ name, bridge, isUp, addresses, isInternal, endpoints }: GraphNetwork): string[] {
  const what = [
    name === bridge ? name : `${name}, bridge ${bridge}`,
    ...addresses,
    ...(isInternal ? ["internal"] : []),
  ];
  const children = endpoints.flatMap((endpoint, index) =>
    branch(index === endpoints.length - 1, [endpointLine(endpoint)]),
  );
  return [`${what.join(", ")}${isUp ? "" : " (down)"}`, ...children];
}

function endpointLine({ link, isUp, interface: ifname, container, addresses, ports }: GraphEndpoint): string {
  const published = ports.length === 0 ? "" : `  ${ports.join(", ")}`;
  return `${link} ── ${ifname} ${container}  ${addresses.join(", ")}${published}${isUp ? "" : " (down)"}`;
}

/** The lines of one child under its parent's. */
function branch(isLast: boolean, [first = "", ...others]: string[]): string[] {
  return [`${isLast ? "└─" : "├─"} ${first}`, ...others.map((line) => `${isLast ? "  " : "│ "} ${line}`)];
}
