import { MydockerError } from "@mydocker/stage";
import { claim, claimOwner, type HostPaths } from "@mydocker/state";
import { claimAddress, claimGivenAddress, subnetFull } from "../address/address-claims.ts";
import { formatAddress, formatWithPrefix, macOf } from "../address/subnet.ts";
import type { Network } from "../network/network.ts";
import type { PortRequest } from "../ports/port-spec.ts";
import { claimPorts } from "../ports/publish.ts";
import { describeHolder } from "./conflicts.ts";
import { addressesDirectory, endpointNames } from "./names.ts";
import { reclaim } from "./reclaim.ts";
import { type EndpointClaims, listClaims } from "./record.ts";

/** Which address an endpoint is to have; the first free one where none is asked for. */
export interface AddressRequest {
  address?: number;
  /** Somebody else gives this network's addresses, `address` among them: nothing to claim. */
  isDelegated?: boolean;
  mac?: string;
}

interface ClaimsRequest extends AddressRequest {
  id: string;
  network: Network;
  ports: PortRequest[];
}

/** Claims names, address and ports. What was claimed before a failure is the caller's to give back. */
export async function makeClaims(paths: HostPaths, request: ClaimsRequest): Promise<EndpointClaims> {
  const { id, network, ports } = request;
  await claimKey(paths, id);
  const address = await claimWanted(paths, request);
  return {
    address: formatWithPrefix(network.subnet, address),
    gateway: formatAddress(network.subnet.gateway),
    mac: request.mac ?? macOf(address),
    ports: await claimPorts(paths, ports, id),
  };
}

async function claimKey(paths: HostPaths, id: string): Promise<void> {
  const { keyClaim, key } = endpointNames(paths, id);
  const other = claim(keyClaim, id);
  if (other === undefined || ((await reclaim(paths, other)) && claim(keyClaim, id) === undefined)) return;
  throw new MydockerError(`container ${id}: its links would be named after ${key}, as those of ${other} are`, {
    code: "ID_COLLISION",
    hint: "an id with other first twelve characters",
  });
}

async function claimWanted(paths: HostPaths, { id, network, address, isDelegated }: ClaimsRequest): Promise<number> {
  if (address === undefined) {
    return claimAddress(paths, network.bridge, network.subnet, id) ?? (await claimReclaimed(paths, network, id));
  }
  if (isDelegated === true) return address;
  const holder = claimGivenAddress(paths, network.bridge, address, id);
  if (holder === undefined) return address;
  if ((await reclaim(paths, holder)) && claimGivenAddress(paths, network.bridge, address, id) === undefined) {
    return address;
  }
  const { who, remove } = describeHolder(paths, holder);
  throw new MydockerError(`network ${network.name}: address ${formatAddress(address)} is taken by ${who}`, {
    code: "ADDRESS_TAKEN",
    hint: `another address, or: ${remove}`,
  });
}

/** All addresses are taken: those of the dead are given back. */
async function claimReclaimed(paths: HostPaths, network: Network, id: string): Promise<number> {
  for (const { path } of listClaims(addressesDirectory(paths, network.bridge))) {
    const owner = claimOwner(path);
    if (owner !== undefined && owner !== id) await reclaim(paths, owner);
  }
  const address = claimAddress(paths, network.bridge, network.subnet, id);
  if (address === undefined) throw subnetFull(network);
  return address;
}
