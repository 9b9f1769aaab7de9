import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MydockerError, unlessErrno } from "@mydocker/stage";
import { claim, type HostPaths, isTemporary, readJsonIfExists } from "@mydocker/state";
import { parseSubnet } from "../address/subnet.ts";
import { defaultNetwork, type Network, toRecord } from "./network.ts";
import { isNetworkName } from "./network-name.ts";

/** A network that somebody has created: `$MYDOCKER_ROOT/networks/<name>.json`. What it may do in the kernel is made with its first container. */
export interface NetworkDefinition {
  name: string;
  /** 64 hex digits. */
  id: string;
  /** RFC 3339. */
  created: string;
  bridge: string;
  subnet: string;
  gateway: string;
  /** First and last address for containers, where that is not all of the subnet. */
  range?: AddressRange;
  subnet6?: string;
  gateway6?: string;
  range6?: AddressRange;
  internal: boolean;
  isolated: boolean;
  masquerade: boolean;
  /** In bytes. */
  mtu?: number;
  /** Of a macvlan: the host's link that it is part of. */
  parent?: string;
  labels: Record<string, string>;
  /** As they were given with `--opt`. */
  options: Record<string, string>;
}

export interface AddressRange {
  /** As it was asked for: a subnet within the subnet. */
  text: string;
  first: string;
  last: string;
}

/** Names that are there without being created. */
export const OWN_NAMES = ["bridge", "host", "none", "default", "container"];

export function networksDirectory(paths: HostPaths): string {
  return join(paths.root, "networks");
}

/** @returns false where there is one of that name */
export function createDefinition(paths: HostPaths, definition: NetworkDefinition): boolean {
  return claim(definitionPath(paths, definition.name), `${JSON.stringify(definition)}\n`) === undefined;
}

export function removeDefinition(paths: HostPaths, name: string): void {
  rmSync(definitionPath(paths, name), { force: true });
}

export function readDefinition(paths: HostPaths, name: string): NetworkDefinition | undefined {
  if (!isNetworkName(name)) return undefined;
  return readJsonIfExists(definitionPath(paths, name)) as NetworkDefinition | undefined;
}

/** By name. */
export function listDefinitions(paths: HostPaths): NetworkDefinition[] {
  const files = unlessErrno(["ENOENT"], () => readdirSync(networksDirectory(paths))) ?? [];
  return files
    .filter((file) => file.endsWith(".json") && !isTemporary(file))
    .sort()
    .flatMap((file) => readDefinition(paths, file.slice(0, -".json".length)) ?? []);
}

/** Finds a network by name, id or the beginning of an id. @throws MydockerError `NO_NETWORK`, `AMBIGUOUS` */
export function findDefinition(paths: HostPaths, wanted: string): NetworkDefinition {
  const named = readDefinition(paths, wanted);
  if (named !== undefined) return named;
  const matching = /^[0-9a-f]{1,64}$/.test(wanted)
    ? listDefinitions(paths).filter(({ id }) => id.startsWith(wanted))
    : [];
  const [only, ...others] = matching;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    throw new MydockerError(`"${wanted}" is the beginning of ${matching.length} network ids`, {
      code: "AMBIGUOUS",
      hint: "more of the id",
    });
  }
  throw new MydockerError(`network ${wanted} not found`, {
    code: "NO_NETWORK",
    hint: `mydocker network create ${isNetworkName(wanted) ? wanted : "NAME"}, or mydocker network ls`,
  });
}

export function toNetwork(definition: NetworkDefinition): Network {
  const { name, bridge, subnet, gateway, range, subnet6, gateway6, range6 } = definition;
  const { internal, isolated, masquerade, mtu, parent } = definition;
  return {
    name,
    bridge,
    subnet: parseSubnet(subnet, { gateway, ...range }),
    ...(subnet6 === undefined ? {} : { subnet6: parseSubnet(subnet6, { gateway: gateway6, ...range6 }) }),
    masquerade,
    isolated,
    ...(internal ? { internal } : {}),
    ...(mtu === undefined ? {} : { mtu }),
    ...(parent === undefined ? {} : { parent }),
  };
}

/** The default network, as if somebody had created it. */
export function defaultDefinition(paths: HostPaths): NetworkDefinition {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return {
    ...toRecord(defaultNetwork(paths)),
    name: "bridge",
    id: createHash("sha256").update(`${paths.prefix}:bridge`).digest("hex"),
    created: "0001-01-01T00:00:00Z",
    internal: false,
    labels: {},
    options: {},
  };
}

export function definitionExists(paths: HostPaths, name: string): boolean {
  return existsSync(definitionPath(paths, name));
}

function definitionPath(paths: HostPaths, name: string): string {
  return join(networksDirectory(paths), `${name}.json`);
}
