import type { PortMapping } from "@mydocker/oci";
import { EmptyConfigError, EXIT, readConfig, requireId, writeAll } from "@mydocker/stage";
import type { HostPaths } from "@mydocker/state";
import { addressClaim, subnetFull } from "./address/address-claims.ts";
import { firstFreeAddress, type Subnet } from "./address/subnet.ts";
import { describeLink } from "./endpoint/build.ts";
import { composeClaims } from "./endpoint/compose-claims.ts";
import { addressesDirectory, endpointNames } from "./endpoint/names.ts";
import { type EndpointClaims, listClaims } from "./endpoint/record.ts";
import { filesDirectory } from "./files/etc-files.ts";
import { BACK_ENDS, chooseFirewall } from "./firewall/parts.ts";
import { publicationsOf } from "./firewall/table.ts";
import {
  renderBridge,
  renderBridgeAddresses,
  renderHostBatch,
  renderLoopbackRoute,
  renderNetnsBatch,
} from "./link/batch.ts";
import { bridgeExists } from "./link/links.ts";
import { describeBridge } from "./network/ensure-network.ts";
import type { Network } from "./network/network.ts";
import { parseNetwork } from "./network-choice.ts";
import { expandPorts, mappingsOf } from "./ports/expand-ports.ts";
import { isLoopback6Served } from "./ports/loopback6.ts";
import { loopback6Arguments } from "./ports/loopback6-arguments.ts";
import { portClaim } from "./ports/port-claims.ts";
import { parsePorts } from "./ports/port-spec.ts";

/** `attach --dry-run`: one action a line on stdout, nothing done. A random host port shows as 0. */
export function printAttach(
  paths: HostPaths,
  source: string | undefined,
  networkFlag: string | undefined,
  publish: string[],
): number {
  const choice = parseNetwork(paths, networkFlag);
  const ports = parsePorts(publish);
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig(source);
  } catch (error) {
    if (error instanceof EmptyConfigError) return EXIT.failed;
    throw error;
  }
  const id = requireId(config);
  const directory = filesDirectory(config);
  const files =
    directory === undefined ? [] : ["hosts", "hostname", "resolv.conf"].map((name) => `write ${directory}/${name}`);
  if (choice.kind !== "network") {
    writeAll(files.map((line) => `${line}\n`).join(""));
    return 0;
  }
  const { network } = choice;
  const { bridge } = network;
  const servesLoopback6 = network.subnet6 === undefined && isLoopback6Served(paths);
  const mappings = expandPorts(ports, network, servesLoopback6).flatMap((group) => mappingsOf(group, group.hostPort));
  const claims = guessClaims(paths, network, mappings);
  const loopback6 = servesLoopback6 ? mappings.filter(({ hostIp }) => hostIp === "::1") : [];
  const link = describeLink(paths, { id, network }, claims);
  const { recordPath } = endpointNames(paths, id);
  const bridgeLink = describeBridge(network);
  const loopback = network.subnet6 === undefined ? "" : renderLoopbackRoute(bridgeLink);
  const backEnd = BACK_ENDS[chooseFirewall(paths)];
  const lines = [
    `write ${recordPath}`,
    ...(bridgeExists(bridge)
      ? []
      : prefixed("ip", renderBridge(bridgeLink, false) + renderBridgeAddresses(bridgeLink) + loopback)),
    ...[claims.address, claims.address6].flatMap((address) =>
      address === undefined ? [] : [`claim ${addressClaim(paths, bridge, address)}`],
    ),
    ...mappings.map((port) => `claim ${portClaim(paths, port)}`),
    ...publicationsOf(claims).flatMap((publication) => backEnd.renderAdd(paths.prefix, publication)),
    ...(loopback6.length === 0
      ? []
      : [["mydocker-shim", ...loopback6Arguments(paths.prefix, "add", loopback6)].join(" ")]),
    ...prefixed("ip", renderHostBatch(link)),
    ...prefixed(`ip -netns ${link.netns}`, renderNetnsBatch(link)),
    ...files,
  ];
  writeAll(lines.map((line) => `${line}\n`).join(""));
  return 0;
}

/** What `attach` would claim if nobody else did at the same time. */
function guessClaims(paths: HostPaths, network: Network, ports: PortMapping[]): EndpointClaims {
  const { name, bridge, subnet, subnet6 } = network;
  const taken = new Set(listClaims(addressesDirectory(paths, bridge)).map((claimed) => claimed.name));
  const free = (within: Subnet): bigint => {
    const address = firstFreeAddress(within, taken);
    if (address === undefined) throw subnetFull(name, within);
    return address;
  };
  return composeClaims(network, {
    address: free(subnet),
    address6: subnet6 === undefined ? undefined : free(subnet6),
    ports,
  });
}

function prefixed(program: string, batch: string): string[] {
  return batch
    .trim()
    .split("\n")
    .map((line) => `${program} ${line}`);
}
