import { defineCommand, MydockerError, newContainerId, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { readHostRoutes } from "../../address/host-routes.ts";
import { withNetworkLock } from "../../network-lock.ts";
import { defineNetwork } from "../define-network.ts";
import { createDefinition, defaultDefinition, definitionExists, listDefinitions } from "../definition.ts";
import { subnetsOf } from "../subnets-of.ts";

export const command = defineCommand({
  summary: "Create a network, and print its id",
  usage: "[OPTIONS] NETWORK",
  examples: [
    "mydocker-net network create web",
    "mydocker-net network create --subnet 10.5.0.0/16 --gateway 10.5.0.254 --ipv6 --internal back",
  ],
  flags: {
    driver: {
      type: "string",
      short: "d",
      value: "bridge|macvlan",
      description: "What kind of network (default: bridge)",
    },
    subnet: {
      type: "list",
      value: "SUBNET",
      description: "Subnet; one of IPv4 and one of IPv6 at most (default: a free one)",
    },
    gateway: { type: "list", value: "ADDRESS", description: "Address of the bridge (default: the subnet's first)" },
    "ip-range": {
      type: "list",
      value: "SUBNET",
      description: "Part of the subnet from which containers get addresses",
    },
    ipv6: { type: "boolean", description: "Have IPv6, too; without a --subnet for it, a unique local one" },
    internal: { type: "boolean", description: "Let nothing in or out" },
    label: { type: "list", value: "KEY=VALUE", description: "Attach a label" },
    opt: {
      type: "list",
      short: "o",
      value: "KEY=VALUE",
      description:
        "parent=LINK for a macvlan, isolate=false, or one of docker's for bridges: com.docker.network.driver.mtu, …bridge.name, …bridge.enable_ip_masquerade",
    },
  },
  args: { min: 1, max: 1 },
  run: async ({ flags, args: [name = ""] }) => {
    const paths = hostPaths();
    const identity = { id: newContainerId(), created: new Date().toISOString() };
    const { driver, subnet: subnets, gateway: gateways, "ip-range": ranges, label: labels, opt: options } = flags;
    const request = {
      name,
      driver,
      subnets,
      gateways,
      ranges,
      ipv6: flags.ipv6,
      internal: flags.internal,
      labels,
      options,
    };
    // Two that look for a free subnet at the same time would find the same.
    await withNetworkLock(async () => {
      const there = [defaultDefinition(paths), ...listDefinitions(paths)];
      const networks = there.map((other) => ({ name: other.name, subnets: subnetsOf(other) }));
      if (definitionExists(paths, name)) throw alreadyExists(name);
      const definition = defineNetwork(request, { networks, routes: readHostRoutes() }, identity);
      const sameBridge = there.find(({ bridge }) => bridge === definition.bridge);
      if (sameBridge !== undefined) {
        throw new MydockerError(`network ${name}: bridge ${definition.bridge} is network ${sameBridge.name}'s`, {
          code: "BRIDGE_TAKEN",
          hint: "another bridge name",
        });
      }
      if (!createDefinition(paths, definition)) throw alreadyExists(name);
    });
    writeAll(`${identity.id}\n`);
  },
});

function alreadyExists(name: string): MydockerError {
  return new MydockerError(`network with name ${name} already exists`, { code: "NETWORK_EXISTS", exitCode: 1 });
}
