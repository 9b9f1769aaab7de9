import type { Network } from "./network.ts";

/** A network in the shape of docker's `network inspect`. */
export function networkView(network: Network) {
  const { name, id, created, driver, internal, options, labels } = network;
  return {
    Name: name,
    Id: id,
    Created: created,
    Scope: "local",
    Driver: driver,
    EnableIPv6: network.subnet6 !== undefined,
    IPAM: { Driver: "default", Options: null, Config: ipamConfig(network) },
    Internal: internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      network.containers.map((member) => [
        member.container,
        {
          Name: member.name ?? "",
          EndpointID: "",
          MacAddress: member.mac,
          IPv4Address: member.address,
          IPv6Address: member.address6 ?? "",
        },
      ]),
    ),
    Options: network.bridge === undefined ? options : { "com.docker.network.bridge.name": network.bridge, ...options },
    Labels: labels,
  };
}

function ipamConfig({ subnet, gateway, range, subnet6, gateway6, range6 }: Network) {
  return [
    { Subnet: subnet, Gateway: gateway, range },
    { Subnet: subnet6, Gateway: gateway6, range: range6 },
  ].flatMap(({ range: bounds, ...config }) => {
    if (config.Subnet === undefined) return [];
    return [bounds === undefined ? config : { ...config, IPRange: bounds.text }];
  });
}
