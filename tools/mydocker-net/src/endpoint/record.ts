import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { PortMapping } from "@mydocker/oci";
import { unlessErrno } from "@mydocker/stage";
import {
  claim,
  type HostPaths,
  isTemporary,
  type ProcessIdentity,
  readJsonIfExists,
  writeFileAtomic,
} from "@mydocker/state";
import { endpointNames, endpointsDirectory } from "./names.ts";

/** What is known of an endpoint; written before anything is made, and removed after everything is gone. */
export interface EndpointRecord {
  id: string;
  network: string;
  bridge: string;
  /** A name below /run/netns, or the path of a namespace that somebody else made. */
  netns: string;
  link: string;
  /** Of the interface in the namespace. */
  ifname: string;
  /** Whose namespace it is, where a caller of the CNI plugin made it. */
  attachment?: CniAttachment;
  /** Whose namespace it is, where this is a second endpoint of a container. */
  container?: string;
  /** What it is called on its network, where that has a name server. */
  names?: string[];
  /** The `attach` that makes it: while it runs, the endpoint is nobody's garbage. */
  attacher: ProcessIdentity;
  /** Absent until all claims are made; without it, claims have to be searched for. */
  claimed?: EndpointClaims;
}

/** What names an endpoint to CNI: one container may have several, each on a network or two of them on one. */
export interface CniAttachment {
  network: string;
  containerId: string;
  ifname: string;
}

export interface EndpointClaims {
  /** With prefix length. */
  address: string;
  gateway: string;
  /** On a network that has IPv6. */
  address6?: string;
  gateway6?: string;
  mac: string;
  ports: PortMapping[];
}

export function readEndpoint(paths: HostPaths, id: string): EndpointRecord | undefined {
  return readJsonIfExists(endpointNames(paths, id).recordPath) as EndpointRecord | undefined;
}

/** @returns false when the container has a record already */
export function createEndpoint(paths: HostPaths, record: EndpointRecord): boolean {
  return claim(endpointNames(paths, record.id).recordPath, `${JSON.stringify(record)}\n`) === undefined;
}

export function updateEndpoint(paths: HostPaths, record: EndpointRecord): void {
  writeFileAtomic(endpointNames(paths, record.id).recordPath, `${JSON.stringify(record)}\n`);
}

export function removeEndpoint(paths: HostPaths, id: string): void {
  rmSync(endpointNames(paths, id).recordPath, { force: true });
}

/** The ids of all containers with a record. */
export function listEndpointIds(paths: HostPaths): string[] {
  const files = unlessErrno(["ENOENT"], () => readdirSync(endpointsDirectory(paths))) ?? [];
  return files.filter((file) => file.endsWith(".json") && !isTemporary(file)).map((file) => file.slice(0, -5));
}

/** A container's endpoints behind its first. */
export function listFurtherEndpoints(paths: HostPaths, id: string): string[] {
  return listEndpointIds(paths).filter((other) => other.startsWith(`${id}:`));
}

/** A container's endpoint on a network that is not its first: no container's id has a colon. */
export function furtherEndpointId(id: string, network: string): string {
  return `${id}:${network}`;
}

/** Those on one bridge. */
export function listEndpointsOn(paths: HostPaths, bridge: string): string[] {
  return listEndpointIds(paths).filter((id) => readEndpoint(paths, id)?.bridge === bridge);
}

/** Claims of one directory with their owners. */
export function listClaims(directory: string): { path: string; name: string }[] {
  return listNames(directory)
    .filter((file) => !isTemporary(file))
    .map((name) => ({ name, path: join(directory, name) }));
}

/** The names in a directory of claims as they are, files that are being written among them: for the hot path, where there may be a thousand. */
export function listNames(directory: string): string[] {
  return unlessErrno(["ENOENT"], () => readdirSync(directory)) ?? [];
}
