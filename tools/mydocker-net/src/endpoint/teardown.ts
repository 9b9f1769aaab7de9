import { existsSync } from "node:fs";
import { MydockerError } from "@mydocker/stage";
import { claimOwner, type HostPaths, releaseClaim } from "@mydocker/state";
import { addressClaim } from "../address/address-claims.ts";
import { forgetFlows } from "../firewall/connections.ts";
import type { PortKey } from "../firewall/rule-set.ts";
import { deletePorts } from "../firewall/table.ts";
import { renderRemoval } from "../link/batch.ts";
import { ipBatchLenient } from "../link/ip.ts";
import { linkExists, masterOf } from "../link/links.ts";
import { withdrawNames } from "../names/withdraw-names.ts";
import { listBridges } from "../network/bridge-state.ts";
import { closeLoopback6, loopback6Ports } from "../ports/loopback6.ts";
import { parsePortClaim, portClaim } from "../ports/port-claims.ts";
import { addressesDirectory, type EndpointNames, endpointNames, portsDirectory } from "./names.ts";
import { type EndpointRecord, listClaims, readEndpoint, removeEndpoint } from "./record.ts";

export interface TeardownOptions {
  /** A process may still be in the namespace. */
  held: boolean;
  /** Look through all claims even where no record says that there are any. */
  search?: boolean;
  /** The container stays, and with it its namespace: it leaves this network alone. */
  keepNamespace?: boolean;
}

/**
 * Undoes an endpoint, whole or half-made; nothing there is success. Firewall and links go first, then the claims that
 * keep others from using the same, and the record last, so that an interrupted teardown can be repeated.
 */
export async function teardown(paths: HostPaths, id: string, options: TeardownOptions): Promise<void> {
  const names = endpointNames(paths, id);
  const record = readEndpoint(paths, id);
  const { ports, loopback6, addresses } = findClaims(paths, id, record, options.search === true);
  const closing = Promise.all([
    ports.length === 0 ? undefined : deletePorts(paths, ports),
    closeLoopback6(paths, id, loopback6),
  ]);
  const keyOwner = claimOwner(names.keyClaim);
  try {
    if (keyOwner === undefined || keyOwner === id) removeLinks(paths, names, record, options);
  } finally {
    await closing;
  }
  if (record?.names !== undefined) await withdrawNames(paths, record.bridge, id);
  await forgetFlows(record?.claimed?.ports ?? [], record?.claimed);
  for (const port of ports) releaseClaim(portClaim(paths, port), id);
  for (const path of addresses) releaseClaim(path, id);
  releaseClaim(names.keyClaim, id);
  removeEndpoint(paths, id);
}

/** Removes namespace and veth by their names. */
function removeLinks(
  paths: HostPaths,
  names: EndpointNames,
  record: EndpointRecord | undefined,
  { held, keepNamespace = false }: TeardownOptions,
): void {
  const { netns, netnsPath, link, mirror } = names;
  // Read once: every detach comes by here.
  const bridges = listBridges(paths);
  const master = masterOf(link);
  const ours = bridges.includes(master ?? "") || (record !== undefined && master === undefined && linkExists(link));
  const present = {
    ...(!keepNamespace && existsSync(netnsPath) ? { netns } : {}),
    ...(ours ? { link } : {}),
    ...(record !== undefined && linkExists(mirror) ? { mirror } : {}),
  };
  if (Object.keys(present).length === 0) return;
  const problem = ipBatchLenient(renderRemoval(present, held));
  if ((!keepNamespace && existsSync(netnsPath)) || bridges.includes(masterOf(link) ?? "")) {
    throw new MydockerError(problem === "" ? `${link} or ${netns} was left behind` : problem, {
      code: "NOT_REMOVED",
      hint: "mydocker-net gc",
    });
  }
}

/** The claims a container has: from its record, or found by looking at all where the record was never completed. */
function findClaims(
  paths: HostPaths,
  id: string,
  record: EndpointRecord | undefined,
  search: boolean,
): { ports: PortKey[]; loopback6: PortKey[]; addresses: string[] } {
  const isOurs = (path: string) => claimOwner(path) === id;
  if (record?.claimed !== undefined && !search) {
    return {
      ports: record.claimed.ports.filter((port) => isOurs(portClaim(paths, port))),
      loopback6: loopback6Ports(paths, id, record.claimed),
      addresses: [record.claimed.address, record.claimed.address6]
        .filter((address) => address !== undefined)
        .map((address) => addressClaim(paths, record.bridge, address)),
    };
  }
  if (record === undefined && !search) return { ports: [], loopback6: [], addresses: [] };
  const ofOurs = (directory: string) => listClaims(directory).filter(({ path }) => isOurs(path));
  const ports = ofOurs(portsDirectory(paths)).flatMap(({ name }) => parsePortClaim(name) ?? []);
  const isLoopback6 = ({ hostIp }: PortKey) => hostIp === "::1" && record?.claimed?.address6 === undefined;
  return {
    ports: ports.filter((port) => !isLoopback6(port)),
    loopback6: ports.filter(isLoopback6),
    addresses: listBridges(paths)
      .flatMap((bridge) => ofOurs(addressesDirectory(paths, bridge)))
      .map(({ path }) => path),
  };
}
