import { defineCommand, MydockerError } from "@mydocker/stage";
import { containerDirectory, findContainer, type HostPaths, hostPaths, readContainerRecord } from "@mydocker/state";
import { ADDRESS_FLAGS, parseWanted } from "../../address-flags.ts";
import { buildEndpoint } from "../../endpoint/build.ts";
import { isOwnerLive } from "../../endpoint/life.ts";
import { endpointNames } from "../../endpoint/names.ts";
import { type EndpointRecord, furtherEndpointId, listFurtherEndpoints, readEndpoint } from "../../endpoint/record.ts";
import { checkAlias, namesOf } from "../../names/names-of.ts";
import { parseNetwork } from "../../network-choice.ts";

export const command = defineCommand({
  summary: "Connect a running container to one more network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  examples: ["mydocker-net network connect back web", "mydocker-net network connect --ip 10.5.0.9 back web"],
  flags: {
    ...ADDRESS_FLAGS,
    alias: { type: "list", value: "NAME", description: "One more name of the container on that network" },
  },
  args: { min: 2, max: 2 },
  run: async ({ flags, args: [wanted = "", name = ""] }) => {
    const paths = hostPaths();
    const choice = parseNetwork(paths, wanted);
    if (choice.kind !== "network") {
      throw new MydockerError(`a running container cannot be connected to ${wanted}`, { code: "NOT_CONNECTABLE" });
    }
    const { network, hasNames } = choice;
    const aliases = flags.alias.map(checkAlias);
    const id = findContainer(paths, name);
    const endpoints = endpointsOf(paths, id, name);
    if (endpoints.some((endpoint) => endpoint.network === network.name)) {
      throw new MydockerError(`container ${name} is on network ${network.name} already`, { code: "ALREADY_ATTACHED" });
    }
    const { netnsPath } = endpointNames(paths, id);
    await buildEndpoint(paths, {
      id: furtherEndpointId(id, network.name),
      network,
      ports: [],
      ...(hasNames ? { names: namesOf({ id, name: recordedName(paths, id), aliases }) } : {}),
      ...parseWanted(network, flags),
      sandbox: { netns: netnsPath, ifname: freeInterface(endpoints), container: id },
    });
  },
});

/** A container's endpoints, the first one first. @throws MydockerError where it has none that another could stand beside */
function endpointsOf(paths: HostPaths, id: string, name: string): EndpointRecord[] {
  const endpoints = [id, ...listFurtherEndpoints(paths, id)].flatMap((endpoint) => readEndpoint(paths, endpoint) ?? []);
  if (endpoints.length > 0 && isOwnerLive(paths, id)) return endpoints;
  throw new MydockerError(`container ${name} is not running on a network of mydocker's`, {
    code: "NOT_CONNECTABLE",
    hint: "a running container, without --network host or none",
  });
}

function recordedName(paths: HostPaths, id: string): string | undefined {
  return readContainerRecord(containerDirectory(paths, id))?.name;
}

function freeInterface(endpoints: EndpointRecord[]): string {
  const taken = new Set(endpoints.map(({ ifname }) => ifname));
  for (let number = 0; ; number += 1) {
    if (!taken.has(`eth${number}`)) return `eth${number}`;
  }
}
