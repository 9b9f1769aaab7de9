import { MydockerError } from "@mydocker/stage";
import { claim, claimOwner, type HostPaths } from "@mydocker/state";
import { claimAddress, claimGivenAddress, subnetFull } from "../address/address-claims.ts";
import { formatIn, type Subnet } from "../address/subnet.ts";
import type { Network } from "../network/network.ts";
import type { PortGroup } from "../ports/expand-ports.ts";
import { claimPorts } from "../ports/publish.ts";
import { composeClaims } from "./compose-claims.ts";
import { describeHolder } from "./conflicts.ts";
import { addressesDirectory, endpointNames } from "./names.ts";
import { reclaim } from "./reclaim.ts";
import { type EndpointClaims, listClaims } from "./record.ts";

/** Which address an endpoint is to have; the first free one where none is asked for. */
export interface AddressRequest {
  address?: bigint;
  address6?: bigint;
  /** Somebody else gives this network's addresses, and has given these: nothing to claim. */
  isDelegated?: boolean;
  mac?: string;
}

interface ClaimsRequest extends AddressRequest {
  id: string;
  network: Network;
  ports: PortGroup[];
}

/** Claims names, address and ports. What was claimed before a failure is the caller's to give back. */
export async function makeClaims(paths: HostPaths, request: ClaimsRequest): Promise<EndpointClaims> {
  const { id, network, ports } = request;
  const { subnet, subnet6 } = network;
  await claimKey(paths, id);
  const address = await claimWanted(paths, request, subnet, request.address);
  const address6 = subnet6 === undefined ? undefined : await claimWanted(paths, request, subnet6, request.address6);
  return composeClaims(network, { address, address6, mac: request.mac, ports: await claimPorts(paths, ports, id) });
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

async function claimWanted(
  paths: HostPaths,
  { id, network, isDelegated }: ClaimsRequest,
  subnet: Subnet,
  address: bigint | undefined,
): Promise<bigint> {
  const { name, bridge } = network;
  if (address === undefined) {
    return claimAddress(paths, bridge, subnet, id) ?? (await claimReclaimed(paths, network, subnet, id));
  }
  if (isDelegated === true) return address;
  const text = formatIn(subnet, address);
  const holder = claimGivenAddress(paths, bridge, text, id);
  if (holder === undefined) return address;
  if ((await reclaim(paths, holder)) && claimGivenAddress(paths, bridge, text, id) === undefined) return address;
  const { who, remove } = describeHolder(paths, holder);
  throw new MydockerError(`network ${name}: address ${text} is taken by ${who}`, {
    code: "ADDRESS_TAKEN",
    hint: `another address, or: ${remove}`,
  });
}

/** All addresses are taken: those of the dead are given back. */
async function claimReclaimed(paths: HostPaths, network: Network, subnet: Subnet, id: string): Promise<bigint> {
  const { name, bridge } = network;
  for (const { path } of listClaims(addressesDirectory(paths, bridge))) {
    const owner = claimOwner(path);
    if (owner !== undefined && owner !== id) await reclaim(paths, owner);
  }
  const address = claimAddress(paths, bridge, subnet, id);
  if (address === undefined) throw subnetFull(name, subnet);
  return address;
}
