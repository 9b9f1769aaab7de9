import { EmptyConfigError, EXIT, readConfig, requireId, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { subnetFull } from "./address/address-claims.ts";
import { firstFreeAddress, formatAddress, formatWithPrefix, macOf, parseAddress } from "./address/subnet.ts";
import { describeLink } from "./endpoint/build.ts";
import { addressesDirectory, endpointNames, portsDirectory } from "./endpoint/names.ts";
import { listClaims } from "./endpoint/record.ts";
import { filesDirectory } from "./files/etc-files.ts";
import { renderAdd } from "./firewall/rules.ts";
import { renderBridge, renderHostBatch, renderNetnsBatch } from "./link/batch.ts";
import { bridgeExists } from "./link/links.ts";
import { defaultNetwork } from "./network/network.ts";
import { parseNetwork } from "./network-choice.ts";
import { parsePorts } from "./ports/port-spec.ts";

/** `attach --dry-run`: one action a line on stdout, nothing done. A random host port shows as 0. */
export function printAttach(source: string | undefined, networkFlag: string | undefined, publish: string[]): number {
  const paths = hostPaths();
  const network = parseNetwork(paths, networkFlag);
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
  if (network !== "bridge") {
    writeAll(files.map((line) => `${line}\n`).join(""));
    return 0;
  }
  const choice = defaultNetwork(paths);
  const { bridge, subnet } = choice;
  const taken = new Set(listClaims(addressesDirectory(paths, bridge)).map(({ name }) => parseAddress(name) ?? 0));
  const address = firstFreeAddress(subnet, taken);
  if (address === undefined) throw subnetFull(choice);
  const claims = {
    address: formatWithPrefix(subnet, address),
    gateway: formatAddress(subnet.gateway),
    mac: macOf(address),
    ports,
  };
  const link = describeLink(paths, { id, network: choice }, claims);
  const { recordPath } = endpointNames(paths, id);
  const gateway = formatWithPrefix(subnet, subnet.gateway);
  const publications = ports.map((port) => ({ ...port, address: formatAddress(address) }));
  const lines = [
    `write ${recordPath}`,
    ...(bridgeExists(bridge)
      ? []
      : prefixed("ip", renderBridge({ bridge, mac: macOf(subnet.gateway), address: gateway }, false))),
    `claim ${addressesDirectory(paths, bridge)}/${formatAddress(address)}`,
    ...ports.map((port) => `claim ${portsDirectory(paths)}/${port.hostIp}_${port.hostPort}_${port.protocol}`),
    ...publications.map((publication) => `nft ${renderAdd(paths.prefix, [publication])}`),
    ...prefixed("ip", renderHostBatch(link)),
    ...prefixed(`ip -netns ${link.netns}`, renderNetnsBatch(link)),
    ...files,
  ];
  writeAll(lines.map((line) => `${line}\n`).join(""));
  return 0;
}

function prefixed(program: string, batch: string): string[] {
  return batch
    .trim()
    .split("\n")
    .map((line) => `${program} ${line}`);
}
